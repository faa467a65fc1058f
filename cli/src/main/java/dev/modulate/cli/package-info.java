/** The {@code modulate} command. */
@NullMarked
package dev.modulate.cli;

import org.jspecify.annotations.NullMarked;
