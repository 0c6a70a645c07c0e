"""Bodies that are not JSON are sent as they are."""

import schemathesis

for media_type in (
    "application/wasm",
    "message/rfc822",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
):
    schemathesis.serializer.alias(media_type, "application/octet-stream")
