/** What functions write, on its way to the APIs that wait. */
@NullMarked
package dev.modulate.executor.output;

import org.jspecify.annotations.NullMarked;
