from alertbridge.core.ids import JobId
from alertbridge.jobs.leases import FRESH_SECONDS, LEASE_SECONDS, RENEW_SECONDS, Leases

JOB = JobId("reconcile:01:1")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def held(at: float = 100.0) -> tuple[Leases, Clock]:
    clock = Clock()
    leases = Leases(clock)
    leases.begin(JOB, at)
    return leases, clock


def test_a_job_that_was_just_taken_is_fresh() -> None:
    leases, _ = held()

    assert leases.is_fresh(JOB)
    assert leases.held() == [JOB]


def test_a_job_that_was_never_taken_or_was_let_go_is_not_fresh() -> None:
    leases, _ = held()
    leases.end(JOB)

    assert not leases.is_fresh(JOB)
    assert not leases.is_fresh(JobId("another"))
    assert leases.held() == []


def test_a_lease_counts_from_when_it_was_asked_for_not_from_the_answer() -> None:
    leases, clock = held(at=98.0)

    clock.now += FRESH_SECONDS - 2

    assert not leases.is_fresh(JOB)


def test_a_job_acts_no_more_some_time_before_another_worker_may_take_it() -> None:
    leases, clock = held()

    clock.now += FRESH_SECONDS

    assert not leases.is_fresh(JOB)
    assert FRESH_SECONDS < LEASE_SECONDS


def test_two_renewals_may_fail() -> None:
    leases, clock = held()

    clock.now += 3 * RENEW_SECONDS

    assert leases.is_fresh(JOB)


def test_a_renewal_keeps_a_job_fresh() -> None:
    leases, clock = held()
    clock.now += 2
    assert leases.renew(JOB, asked_at=clock.now)
    clock.now += 2

    assert leases.is_fresh(JOB)


def test_a_renewal_answered_after_the_lease_was_over_may_have_renewed_another_workers_key() -> None:
    leases, clock = held()
    asked_at = clock.now + 1
    clock.now += LEASE_SECONDS

    assert not leases.renew(JOB, asked_at)
    assert not leases.is_fresh(JOB)


def test_a_renewal_of_a_job_that_has_ended_meanwhile_does_not_bring_it_back() -> None:
    leases, clock = held()
    leases.end(JOB)

    assert not leases.renew(JOB, clock.now)
    assert leases.held() == []


def test_the_systems_clock_goes_on() -> None:
    leases = Leases()

    assert leases.clock() <= leases.clock()
