"""A box for a file: one file or none, read whole; how large one may be is the server's to say."""

from collections.abc import Sequence
from typing import Any

from flask import request
from govuk_frontend_wtf.wtforms_widgets import GovFileInput
from wtforms import fields
from wtforms.validators import StopValidation


class FileField(fields.Field):
    """One file that is handed in: ``data`` its bytes, ``filename`` what the browser calls it."""

    widget = GovFileInput()
    data: bytes | None

    def __init__(self, label: str, asked: str, **kw: Any):
        super().__init__(label, **kw)
        self.asked, self.filename = asked, ""

    def process_formdata(self, _valuelist: Sequence[str]) -> None:
        """Take the file that came under this field's name; an empty choice is none."""
        handed = request.files.getlist(self.name)
        self.data = None
        if len(handed) == 1 and handed[0].filename:
            self.filename = handed[0].filename
            self.data = handed[0].read()
        for each in handed:
            each.close()
        if len(handed) > 1:
            raise ValueError("Choose one file at a time.")

    def pre_validate(self, form: Any) -> None:
        """Refuse when nothing was chosen."""
        if self.data is None and not self.process_errors:
            raise StopValidation(self.asked)
