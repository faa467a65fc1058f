/** Benchmarks. Every figure stands beside a baseline that the same run measures; only ratios travel between machines. */
@NullMarked
package dev.modulate.bench;

import org.jspecify.annotations.NullMarked;
