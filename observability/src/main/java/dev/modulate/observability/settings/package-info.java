/** Typed settings from a file, the environment and flags; all mistakes are told at once. */
@NullMarked
package dev.modulate.observability.settings;

import org.jspecify.annotations.NullMarked;
