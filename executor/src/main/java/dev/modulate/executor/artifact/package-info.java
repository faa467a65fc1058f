/** Code on disk: downloaded by digest, verified, unpacked. */
@NullMarked
package dev.modulate.executor.artifact;

import org.jspecify.annotations.NullMarked;
