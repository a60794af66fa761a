"""Making a job of a submission: read the form, choose plan and text, charge, keep the upload.

Rule: whatever is refused is refused before anything is stored or charged.
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
from ..exchange.call import Call
from ..exchange.messages import Answer
from ..exchange.refusals import RefusedError, closed
from ..exchange.texts import as_utf8
from ..language.scenario import Submit
from ..records.ledger import ledger
from ..stores.protocol import Store
from ..transcripts.sources import Source, Submitted
from ..uploads.form import Form
from ..uploads.multipart import Received, receive
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

    def close(self) -> None:
        """Let go of the upload."""
        self.received.close()


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
        """Receive a submission of `tenant` and choose its plan; closing it lets go of the upload.

        Raises:
            RefusedError: The form or the plan does not allow it.
        """
        kept = self.settings.max_upload_bytes if self.reads_uploads else self.store.bounds.blob_bytes
        received = receive(
            call.request, self.form, max_file_bytes=self.settings.max_upload_bytes, keep_bytes=kept
        )
        try:
            return self._submission(call, received, tenant, server, key)
        except BaseException:
            received.close()
            raise

    def accept(self, call: Call, submission: Submission) -> Answer:
        """Make the job, charge it, keep the upload, and return the answer to the submission.

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
        # The upload last: a job that is refused must leave no file behind.
        job = self._charge(job, tenant, call.at)
        self._keep(submission.received, job)
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
        nth = self.store.count(tenant.id, "submit")
        digest = identity.request_digest(upload, question, values.chosen)
        job_id = self._new_id(tenant, digest)
        submit = Submit(key, upload, question, nth, values.fields)
        chosen = choose(PlanInputs(header, submit, job_id, tenant, server))
        return Submission(self, tenant, received, upload, question, values.fields, digest, job_id, chosen)

    def _new_id(self, tenant: Tenant, digest: str) -> str:
        # A counter that made space for others starts again from 1, at ids whose jobs may still be there.
        while True:
            occurrence = self.store.count(tenant.id, f"same {digest}")
            job_id = identity.job_id(tenant.seed, tenant.id, digest, occurrence)
            if self.store.job(tenant.id, job_id) is None:
                return job_id

    def _note_unknown(self, call: Call, received: Received) -> None:
        unknown = self.form.unknown(received.others)
        if unknown and self.settings.strict:
            raise RefusedError(400, closed(unknown[0][0].upper() + unknown[0][1:]))
        call.warnings += unknown

    def _text(self, submission: Submission) -> str:
        if submission.chosen.plan.text is not None:
            return submission.chosen.plan.text
        upload, received = submission.upload, submission.received
        path = None
        if self.reads_uploads and received.file is not None:
            path = received.file.path(f".{identity.extension(upload.audio_format)}")
        try:
            return self.text_of(Submitted(upload, submission.question, submission.tenant.seed, path)) or ""
        except TranscriptError as error:
            raise RefusedError(500, closed(f"No transcription could be made: {error}")) from error

    def _charge(self, job: Job, tenant: Tenant, now: float) -> Job:
        try:
            return self.store.add_job(job, allowance=self._allowance(tenant, now))
        except OutOfCreditsError as error:
            raise RefusedError(402, closed(f"Too few credits: {error}")) from error

    def _allowance(self, tenant: Tenant, now: float) -> int | None:
        # Refunds are not booked but follow from the jobs, so they cost a look at all of them. Without that
        # switch what was granted is the allowance.
        if tenant.credits is None or not self.settings.refund_failed:
            return tenant.credits
        totals = self.store.totals(tenant.id)
        books = ledger(
            self.store.jobs(tenant.id),
            granted=tenant.credits,
            jobs_created=totals.jobs,
            charged=totals.charged,
            now=now,
            polls=lambda job_id: self.store.polls(tenant.id, job_id),
            refund_failed=True,
        )
        return books.allowance

    def _keep(self, received: Received, job: Job) -> None:
        if received.file is not None and received.file.is_whole:
            file = received.file
            file.content.seek(0)
            self.store.put_blob(job.tenant, file.sha256, file.content, file.size_bytes)


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
