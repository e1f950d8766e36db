"""The tables, where several processes start at once."""

import threading

from bot.db import Records
from bot.services import schema
from tests.bot.records import postgres_records

PROCESSES = 4


def test_of_processes_that_start_together_one_makes_the_tables(postgres: str) -> None:
    with postgres_records(postgres, upgraded=False) as records:
        address = records.url.render_as_string(hide_password=False)
        together, failures = threading.Barrier(PROCESSES), list[BaseException]()

        def start() -> None:
            own = Records(address)
            try:
                together.wait(20)
                schema.upgrade(own)
            except BaseException as error:
                failures.append(error)
            finally:
                own.close()

        threads = [threading.Thread(target=start) for _ in range(PROCESSES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert failures == []
        assert schema.current(records) == schema.head()
