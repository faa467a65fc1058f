/** The executor of machines with accelerators: what they have, how it stands, and which process sees which device. */
@NullMarked
package dev.modulate.executor.gpu;

import org.jspecify.annotations.NullMarked;
