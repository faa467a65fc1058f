/** Where the catalogue is kept, so that a change which was answered survives a power cut. */
@NullMarked
package dev.modulate.registry.store;

import org.jspecify.annotations.NullMarked;
