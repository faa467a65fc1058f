/** What an executor is asked to do and what came of it, as values. */
@NullMarked
package dev.modulate.executor.call;

import org.jspecify.annotations.NullMarked;
