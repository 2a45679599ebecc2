package atoll.engine.x64;

import atoll.emit.CodeBuffer;
import atoll.emit.X64Assembler;
import atoll.engine.target.Emitter;
import atoll.verify.Routines;
import java.util.function.BooleanSupplier;

/** What emitters of blocks and of regions have in common. */
abstract sealed class X64Emitter implements Emitter permits X64BlockEmitter, X64RegionEmitter {
  /** Bytes of {@code mov eax, ...} and a call, which an exit consists of. */
  private static final int HEAD = 10;

  final X64Assembler a = new X64Assembler();
  final Trampolines trampolines;
  final X64Lowering lowering;
  final BooleanSupplier siblings;

  X64Emitter(BooleanSupplier alone, BooleanSupplier siblings) {
    this.siblings = siblings;
    a.begin(0);
    trampolines = new Trampolines(a);
    a.finish();
    lowering = new X64Lowering(a, trampolines, alone, siblings);
  }

  @Override
  public final CodeBuffer buffer() {
    return a;
  }

  @Override
  public final Routines routines(int end) {
    return trampolines.routines(end);
  }

  @Override
  public final int entry() {
    return trampolines.enter;
  }

  @Override
  public final int head() {
    return HEAD;
  }

  /** The number that it puts into EAX. */
  @Override
  public final int exitCode(int site) {
    return a.word(site + 1);
  }
}
