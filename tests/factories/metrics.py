"""The port `Metrics` for tests: remembers what was counted."""

from collections import Counter
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from clinic.values.metrics import LetterResult, SealResult, SignInKind, SignInResult, WebhookResult
from clinic.values.pdf_check import PdfProblem


@dataclass
class Counted:
    """What was counted, by kind and result."""

    letters: Counter[LetterResult] = field(default_factory=Counter)
    seals: Counter[SealResult] = field(default_factory=Counter)
    webhooks: Counter[WebhookResult] = field(default_factory=Counter)
    sign_ins: Counter[tuple[SignInKind, SignInResult]] = field(default_factory=Counter)
    refused_pdfs: Counter[PdfProblem] = field(default_factory=Counter)
    mended_states: int = 0

    def count_letter(self, result: LetterResult) -> None:
        self.letters[result] += 1

    def count_seal(self, result: SealResult) -> None:
        self.seals[result] += 1

    def count_webhook(self, result: WebhookResult) -> None:
        self.webhooks[result] += 1

    def count_sign_in(self, kind: SignInKind, result: SignInResult) -> None:
        self.sign_ins[kind, result] += 1

    def count_refused_pdf(self, problem: PdfProblem) -> None:
        self.refused_pdfs[problem] += 1

    def count_mended_state(self) -> None:
        self.mended_states += 1


def metric(text: str, name: str, **labels: str) -> float:
    """The value of one series in Prometheus' text format."""
    [value] = [
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    return float(value)
