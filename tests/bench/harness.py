"""Runs the cases of a benchmark in turn, A B A B …, so that the machine's moods hit all alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median

from attrs import field, frozen

from persistence.embedded.servers import Endpoints
from tests.bench.case import Benchmark, Case, Sample
from tests.bench.case_process import CaseFailedError, CaseProcess

Progress = Callable[[str], None]
"""Told what is about to be measured."""


@frozen
class Effort:
    """How much to measure: rounds per case, and about how long each takes."""

    rounds: int = 5
    round_s: float = 2.0
    warmup_s: float = 1.0


QUICK = Effort(rounds=2, round_s=0.5, warmup_s=0.25)


@frozen
class Outcome:
    """What one case did, beside the baseline of the same run.

    Attributes:
        median, low, high: over the rounds, in the benchmark's unit.
        ratio: the median, over the rounds, of value / baseline's value in the same round.
        details: the median of each detail.
        met: None if there is no target.
        failure: why there are no figures, or "".
    """

    case: str
    median: float = 0.0
    low: float = 0.0
    high: float = 0.0
    ratio: float = 0.0
    details: Mapping[str, float] = field(factory=dict)
    target: str = ""
    met: bool | None = None
    failure: str = ""


@frozen
class Result:
    """One benchmark's outcomes, the baseline first."""

    name: str
    title: str
    unit: str
    outcomes: Sequence[Outcome]


def run(benchmark: Benchmark, endpoints: Endpoints, effort: Effort, progress: Progress) -> Result:
    """Measure every case; one that fails is reported as failed and the others go on."""
    series = _Series(benchmark, endpoints, effort, progress)
    if benchmark.fresh:
        series.measure_each_in_a_fresh_process()
    else:
        series.measure_in_turn()
    return Result(benchmark.name, benchmark.title, benchmark.unit, series.outcomes())


class _Series:
    """The rounds of one benchmark and what they brought."""

    def __init__(
        self, benchmark: Benchmark, endpoints: Endpoints, effort: Effort, progress: Progress
    ) -> None:
        self._benchmark = benchmark
        self._endpoints = endpoints
        self._effort = effort
        self._progress = progress
        self._samples: dict[str, list[Sample]] = defaultdict(list)
        self._failures: dict[str, str] = {}

    def measure_in_turn(self) -> None:
        """Every case is set up once, then they take turns."""
        processes: dict[str, CaseProcess] = {}
        with ExitStack() as stack:
            for case in self._benchmark.cases:
                with self._survived(case, "set-up"):
                    process = stack.enter_context(CaseProcess(case, self._endpoints))
                    process.measure(self._effort.warmup_s)
                    processes[case.name] = process
            for number, case in self._turns():
                with self._survived(case, f"round {number} of {self._effort.rounds}"):
                    self._measure(case, processes[case.name])

    def measure_each_in_a_fresh_process(self) -> None:
        """The cases take turns, and each turn has its own process."""
        for number, case in self._turns():
            what = f"round {number} of {self._effort.rounds}"
            with self._survived(case, what), CaseProcess(case, self._endpoints) as process:
                self._measure(case, process)

    def outcomes(self) -> list[Outcome]:
        """One outcome per case, in order."""
        return [self._outcome(case) for case in self._benchmark.cases]

    def _turns(self) -> Iterator[tuple[int, Case]]:
        for number in range(1, min(self._effort.rounds, self._benchmark.most_rounds) + 1):
            for case in self._benchmark.cases:
                if case.name not in self._failures:
                    yield number, case

    def _measure(self, case: Case, process: CaseProcess) -> None:
        self._samples[case.name].append(process.measure(self._effort.round_s))

    @contextmanager
    def _survived(self, case: Case, what: str) -> Iterator[None]:
        self._progress(f"{self._benchmark.name}: {case.name}, {what}")
        try:
            yield
        except CaseFailedError as failed:
            self._failures[case.name] = str(failed)

    def _outcome(self, case: Case) -> Outcome:
        if case.name in self._failures:
            return Outcome(case.name, failure=self._failures[case.name])
        samples = self._samples[case.name]
        values = [sample.value for sample in samples]
        middle, ratio = median(values), self._ratio(values)
        return Outcome(
            case=case.name,
            median=middle,
            low=min(values),
            high=max(values),
            ratio=ratio,
            details={key: median(s.details[key] for s in samples) for key in samples[0].details},
            target=str(case.target or ""),
            met=case.target.met(middle, ratio) if case.target else None,
        )

    def _ratio(self, values: Sequence[float]) -> float:
        baseline = self._samples[self._benchmark.cases[0].name]
        pairs = zip(values, baseline, strict=False)  # a baseline that failed may have fewer rounds
        ratios = [value / base.value for value, base in pairs if base.value]
        return median(ratios) if ratios else 0.0
