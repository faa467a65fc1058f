package dev.modulate.registry.catalog;

/**
 * A value that breaks a rule.
 *
 * @param field path in the request, such as {@code function.spec.handler}
 * @param value as it was written
 * @param rule what was expected
 */
public record Violation(String field, String value, String rule) {}
