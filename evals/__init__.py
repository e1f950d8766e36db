"""The measuring room: data sets, metrics, benchmarks. Uses the house as anyone would."""
