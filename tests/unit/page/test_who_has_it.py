"""With whom a task is, in words."""

from workflows.queues import holders
from workflows.queues.holders import Holder


def test_nobody_is_said_to_have_been_told_of_a_task_that_nobody_has() -> None:
    """Fault S1: that the support service had been told was said where it could not be reached."""
    assert holders.names(()) == "Nobody at present"
    assert "Nobody at present" not in holders.names((Holder(1, "Mo", "Manager"),))
