"""Static files under names that change with their content."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage

_, IMPORTS = ManifestStaticFilesStorage._js_module_import_aggregation_patterns  # type: ignore[attr-defined]  # private


class NamedByContent(ManifestStaticFilesStorage):
    """Also inside our ES modules: an `import` names the very version that its importer was written with.

    Only inside ours: others' scripts, where Django would do it too, import what they do not bring.
    """

    patterns = (*ManifestStaticFilesStorage.patterns, ("js/*.js", IMPORTS))
