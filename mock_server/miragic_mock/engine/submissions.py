"""Making a job of a submission: read the form, choose plan and text, charge, keep the upload.

Rule: nothing is stored or charged here. What is to be kept waits in the call, and is kept together with its
exchange, in one step, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from miragic_contracts.spec import Spec

from ..documents.documents import Documents
from ..domain import identity
from ..domain.jobs.job import Fields, Job, Upload
from ..domain.jobs.plan import Resolved
from ..domain.settings import Settings
from ..domain.tenants import Tenant
from ..errors import OutOfCreditsError, TranscriptError
from ..exchange.call import Call, NewJob
from ..exchange.messages import Answer
from ..exchange.refusals import RefusedError, closed
from ..exchange.texts import as_utf8
from ..language.scenario import Submit
from ..records.ledger import ledger
from ..stores.protocol import Recording, Store
from ..transcripts.sources import Source, Submitted
from ..uploads.form import Form
from ..uploads.multipart import Received, receive
from .counting import note_one, take_number
from .injection.strikes import PlanFaults
from .planning import PLAN_HEADER, PlanInputs, choose


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission that was received, with its plan, before a job is made of it: a `Work`.

    Attributes:
        submissions: What makes the job.
        tenant: Who submits.
        received: The form, with the upload.
        upload: The facts of the upload.
        question: The question, or its default.
        fields: What else the form said.
        digest: The digest of its content (`identity.request_digest`).
        job_id: The id of the job to be.
        chosen: The plan, and which layer gave each of its fields.
    """

    submissions: Submissions
    tenant: Tenant
    received: Received
    upload: Upload
    question: str
    fields: Fields
    digest: str
    job_id: str
    chosen: Resolved

    @property
    def faults(self) -> PlanFaults:
        """The faults of its plan, which count the submissions like this one."""
        return PlanFaults(self.chosen.plan.faults, self.digest, None)

    def answer(self, call: Call) -> Answer:
        """Make the job and return the answer.

        Raises:
            RefusedError: There is no text to be had, or the balance does not allow it.
        """
        return self.submissions.accept(call, self)


@dataclass(frozen=True, slots=True)
class Submissions:
    """The submit operation.

    Attributes:
        spec: The contract.
        store: Where jobs and uploads are kept.
        settings: How the mock behaves where the contract leaves a choice.
        form: The form of a submission.
        documents: The documents that answer.
        text_of: Gives the transcription where a plan does not.
        reads_uploads: Whether `text_of` wants the upload as a file.
    """

    spec: Spec
    store: Store
    settings: Settings
    form: Form
    documents: Documents
    text_of: Source
    reads_uploads: bool = False

    def begin(self, call: Call, tenant: Tenant, server: Tenant, key: str) -> Submission:
        """Receive a submission of `tenant` and choose its plan.

        Raises:
            RefusedError: The form or the plan does not allow it.
        """
        received = call.lasting.form
        if not isinstance(received, Received):
            kept = self.settings.max_upload_bytes if self.reads_uploads else self.store.bounds.blob_bytes
            received = call.lasting.form = receive(
                call.request, self.form, max_file_bytes=self.settings.max_upload_bytes, keep_bytes=kept
            )
        return self._submission(call, received, tenant, server, key)

    def accept(self, call: Call, submission: Submission) -> Answer:
        """Make the job, which is still to be kept and charged, and return the answer to the submission.

        Raises:
            RefusedError: There is no text to be had, or the balance does not allow it.
        """
        tenant, chosen = submission.tenant, submission.chosen
        job = Job(
            id=submission.job_id,
            tenant=tenant.id,
            created_at=call.at,
            upload=submission.upload,
            question=submission.question,
            user_id=identity.user_id(tenant.seed, tenant.id),
            plan=chosen.plan,
            plan_source=chosen.source,
            text=self._text(submission),
            received_at=call.real_at,
            fields=submission.fields,
        )
        allowance = self._allowance(tenant, job.plan.credits, call.at)
        call.new_job = NewJob(job, allowance, _recording(submission.received))
        call.job_id, call.job_status, call.poll = job.id, self.spec.lifecycle.initial, 0
        return Answer(self.settings.create_status, self.documents.created(job))

    def _submission(
        self, call: Call, received: Received, tenant: Tenant, server: Tenant, key: str
    ) -> Submission:
        file = received.file
        values = self.form.check(received.texts, None if file is None else file.size_bytes)
        self._note_unknown(call, received)
        upload, question = _upload(received, values.audio_format), values.question
        call.upload, call.question, call.fields = upload, question, values.fields
        header = as_utf8(call.request.headers.get(PLAN_HEADER) or "")
        # After the form was checked: a refused form is not the tenant's first submission.
        nth = self._nth(call, tenant, server)
        digest = identity.request_digest(upload, question, values.chosen)
        job_id = self._new_id(call, tenant, digest)
        submit = Submit(key, upload, question, nth, values.fields)
        chosen = choose(PlanInputs(header, submit, job_id, tenant, server))
        return Submission(self, tenant, received, upload, question, values.fields, digest, job_id, chosen)

    def _nth(self, call: Call, tenant: Tenant, server: Tenant) -> int:
        """Return which submission of the tenant this is, 0 where nobody wants to know."""
        if tenant.scenario or server.scenario:
            return take_number(call, self.store, tenant.id, "submit")
        note_one(call, "submit")
        return 0

    def _new_id(self, call: Call, tenant: Tenant, digest: str) -> str:
        name = f"same {digest}"
        occurrence = take_number(call, self.store, tenant.id, name)
        # A counter that made space for others starts again from 1, at ids whose jobs may still be there.
        occurrence += call.lasting.taken_ids
        call.counts[name] = call.counts[name]._replace(after=occurrence)
        return identity.job_id(tenant.seed, tenant.id, digest, occurrence)

    def _note_unknown(self, call: Call, received: Received) -> None:
        unknown = self.form.unknown(received.others)
        if unknown and self.settings.strict:
            raise RefusedError(400, closed(unknown[0][0].upper() + unknown[0][1:]))
        call.warnings += unknown

    def _text(self, submission: Submission) -> str:
        if submission.chosen.plan.text is not None:
            return submission.chosen.plan.text
        upload, received = submission.upload, submission.received
        if received.transcript is None:
            path = None
            if self.reads_uploads and received.file is not None:
                path = received.file.path(f".{identity.extension(upload.audio_format)}")
            submitted = Submitted(upload, submission.question, submission.tenant.seed, path)
            try:
                received.transcript = self.text_of(submitted) or ""
            except TranscriptError as error:
                raise RefusedError(500, closed(f"No transcription could be made: {error}")) from error
        return received.transcript

    def _allowance(self, tenant: Tenant, cost: int, now: float) -> int | None:
        """Return the most that may be charged to the tenant in all, None for no limit.

        Raises:
            RefusedError: 402, the job would cost more than is left of it.
        """
        if tenant.credits is None:
            return None
        totals = self.store.totals(tenant.id)
        allowance = tenant.credits
        if self.settings.refund_failed:
            # Refunds are not booked but follow from the jobs, so they cost a look at all of them.
            books = ledger(
                self.store.jobs(tenant.id),
                granted=tenant.credits,
                jobs_created=totals.jobs,
                charged=totals.charged,
                now=now,
                polls=lambda job_id: self.store.polls(tenant.id, job_id),
                refund_failed=True,
            )
            allowance = books.allowance or 0
        left = max(allowance - totals.charged, 0)
        if totals.charged + cost > allowance:
            raise RefusedError(402, closed(f"Too few credits: {OutOfCreditsError(cost, left)}"))
        return allowance


def _recording(received: Received) -> Recording | None:
    file = received.file
    if file is None or not file.is_whole:
        return None
    file.content.seek(0)
    return Recording(file.sha256, file.size_bytes, file.content)


def _upload(received: Received, audio_format: str) -> Upload:
    from ..uploads.audio import duration_s  # its library is needed by no other request

    file = received.file
    if file is None:
        raise RefusedError(400, "The form has no file.")
    return Upload(
        file_name=received.file_name,
        audio_format=audio_format,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        duration_s=duration_s(file.content),
    )
