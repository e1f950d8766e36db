"""The pages that people see: one module a page, its template beside it in templates/."""
