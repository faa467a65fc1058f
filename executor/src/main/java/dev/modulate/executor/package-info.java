/** An executor: takes work from a router, runs it in function processes, settles it. */
@NullMarked
package dev.modulate.executor;

import org.jspecify.annotations.NullMarked;
