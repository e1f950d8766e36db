"""What is known: readers of files, the structure of a regulation, courses and solved cases. Imports none of our other packages."""
