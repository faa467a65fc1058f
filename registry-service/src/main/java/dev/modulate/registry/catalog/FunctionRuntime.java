package dev.modulate.registry.catalog;

/** How the code is run. */
public enum FunctionRuntime {
    /** Not said, or not known here; {@link SpecRules} refuses it. */
    UNKNOWN,
    PYTHON,
    PYTHON_SCRIPT
}
