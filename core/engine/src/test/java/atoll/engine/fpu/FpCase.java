package atoll.engine.fpu;

import java.util.SplittableRandom;

/**
 * Runs one operation beside the reference: over special operands, then over random ones, in every
 * rounding mode, with the inexact flag clear and already set, since fast paths ask for it.
 */
final class FpCase {
  /** Random operands per operation; raised for a long run by hand. */
  private static final int RANDOM = Integer.getInteger("atoll.fp.cases", 50_000);

  private static final int MODES = 5;

  /** The operation under test. Operands it does not need are to be ignored. */
  interface Operation {
    long apply(long a, long b, long c, int rm, FpFlags flags);
  }

  /** The same by definition. */
  interface Definition {
    long apply(ExactReference reference, long a, long b, long c, int rm);
  }

  private final String name;
  private final int width;
  private final int precision;
  private final Operation operation;
  private final Definition definition;
  private final ExactReference reference;
  private final FpFlags flags = new FpFlags();

  FpCase(String name, FpFormat format, Operation operation, Definition definition) {
    this.name = name;
    this.width = format == FpFormat.DOUBLE ? 64 : format == FpFormat.SINGLE ? 32 : 16;
    this.precision = format == FpFormat.DOUBLE ? 53 : format == FpFormat.SINGLE ? 24 : 11;
    this.operation = operation;
    this.definition = definition;
    this.reference = new ExactReference(width, precision);
  }

  /** Compares for operations of one operand. */
  void unary() {
    FpOperands operands = operands();
    for (long a : operands.special()) {
      compare(a, 0, 0);
    }
    for (int i = 0; i < RANDOM; i++) {
      compare(operands.any(), 0, 0);
    }
  }

  /** As {@link #unary}, with operands near a number of interest. */
  void unaryNear(long center, int distance) {
    FpOperands operands = operands();
    for (int i = 0; i < RANDOM; i++) {
      compare(operands.near(center, distance), 0, 0);
    }
  }

  /** Compares for operations of two operands. */
  void binary() {
    FpOperands operands = operands();
    for (long a : operands.special()) {
      for (long b : operands.special()) {
        compare(a, b, 0);
      }
    }
    for (int i = 0; i < RANDOM; i++) {
      long a = operands.any();
      compare(a, second(operands, a, i), 0);
    }
  }

  /** Compares for operations of three operands. */
  void ternary() {
    FpOperands operands = operands();
    long[] special = operands.special();
    int pair = 0;
    for (long a : special) {
      for (long b : special) {
        // Every third addend, from a start that changes with the pair.
        for (int i = pair++ % 3; i < special.length; i += 3) {
          compare(a, b, special[i]);
        }
      }
    }
    for (int i = 0; i < RANDOM; i++) {
      long a = operands.any();
      long b = second(operands, a, i);
      compare(a, b, i % 3 == 0 ? operands.any() : third(operands, a, b));
    }
  }

  private FpOperands operands() {
    return new FpOperands(width, precision, new SplittableRandom(name.hashCode()));
  }

  private long second(FpOperands operands, long a, int i) {
    return switch (i & 3) {
      case 0 -> operands.near(a, 2);
      case 1 -> operands.near(a, precision + 4);
      case 2 -> operands.atEdge(a, (i & 4) != 0);
      default -> operands.any();
    };
  }

  /** An addend near a product, so that they cancel or stick. */
  private long third(FpOperands operands, long a, long b) {
    long product = new ExactReference(width, precision).mul(a, b, FpRounding.RTZ);
    return operands.near(product, (a & 1) == 0 ? 2 : 2 * precision + 4);
  }

  /** Compares for one set of operands, in all modes. */
  void compare(long a, long b, long c) {
    for (int rm = 0; rm < MODES; rm++) {
      reference.flags = 0;
      long expected = definition.apply(reference, a, b, c, rm);
      compare(a, b, c, rm, 0, expected);
      compare(a, b, c, rm, FpFlags.NX, expected);
    }
  }

  private void compare(long a, long b, long c, int rm, int before, long expected) {
    flags.bits = before;
    long actual = operation.apply(a, b, c, rm, flags);
    int expectedFlags = before | reference.flags;
    if (actual != expected || flags.bits != expectedFlags) {
      throw new AssertionError(
          String.format(
              "%s(%x, %x, %x) rm %d, flags before %x: expected %x flags %x but was %x flags %x",
              name, a, b, c, rm, before, expected, expectedFlags, actual, flags.bits));
    }
  }
}
