/** Tests of what a node takes. */
@NullMarked
package dev.modulate.executor.run;

import org.jspecify.annotations.NullMarked;
