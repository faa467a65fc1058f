package dev.modulate.api.admission;

/**
 * A field that breaks a rule.
 *
 * @param field path in the request, such as {@code input.data}
 * @param value as asked, or a word for it when it is large
 * @param rule what was expected
 */
public record Violation(String field, String value, String rule) {}
