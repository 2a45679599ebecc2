package atoll.engine.target;

import atoll.verify.CodeGate;
import atoll.verify.PieceProver;
import atoll.verify.Routines;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * A kind of processor that guest code is translated for. Whatever is peculiar to it, registers,
 * encodings, calling convention, order of memory accesses, floating point, is behind this interface
 * in one package; {@code docs/adr/0185} says what such a package contains.
 *
 * <p>Host code is position-independent within a code area: places are offsets from the area's
 * beginning. It works on the hart's {@link atoll.engine.hart.StateBlock} and is left by the numbers
 * of {@link CodeExit}. All of it is proven by {@code atoll.verify} before it can be executed, by
 * what {@link #gate} has been made for.
 */
public interface Target {
  /** What the JVM calls the processor's architecture. */
  String architecture();

  /** What people call it. */
  String name();

  /** What code uses beyond the base architecture, by Linux's names. */
  List<String> features();

  /**
   * Classes in all modules that decide which host code is made: what other ones have made is not
   * used.
   */
  List<Class<?>> makers();

  /** How floating-point state is kept while translated code runs. */
  FloatControl floats();

  /**
   * Makes what emits blocks, for one thread at a time.
   *
   * @param alone whether no other hart shares the memory
   * @param siblings whether the machine has other harts
   */
  BlockEmitter blocks(BooleanSupplier alone, BooleanSupplier siblings);

  /** The same for regions. */
  RegionEmitter regions(BooleanSupplier alone, BooleanSupplier siblings);

  /**
   * Takes memory for code, and for the slots of regions behind it.
   *
   * @param codeBytes for code
   * @param slotBytes for slots
   * @param segments parts of equal size
   */
  CodeGate gate(int codeBytes, int slotBytes, int segments);

  /** Makes what proves code that gets its place later, in areas with these subroutines. */
  PieceProver prover(Routines routines);
}
