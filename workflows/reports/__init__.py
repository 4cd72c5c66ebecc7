"""The report to a body: form, writing, comments and their scope, status, guards."""
