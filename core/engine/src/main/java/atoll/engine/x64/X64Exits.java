package atoll.engine.x64;

import static atoll.emit.X64Assembler.*;

import atoll.emit.X64Assembler;
import atoll.engine.target.CodeExit;
import java.util.ArrayList;
import java.util.List;

/**
 * The ways out of translated code: exits to Java, and what is rarely executed. Both are referred to
 * in the code and emitted behind it.
 */
final class X64Exits {
  private static final Runnable NOTHING = () -> {};

  private final X64Assembler a;
  private final X64Registers registers;
  private final Trampolines trampolines;

  // Label, where to resume (a label, or -1), exit code.
  private final int[] exitLabel = new int[4096];
  private final int[] exitResume = new int[4096];
  private final int[] exitCode = new int[4096];
  private final int[] exitLoose = new int[4096];
  private int exitCount;

  /** Emit what leaves a region's register places and what goes back to them; nothing elsewhere. */
  private Runnable leaveRegion = NOTHING;

  private Runnable enterRegion = NOTHING;

  private final List<Runnable> asides = new ArrayList<>();

  /** Registers whose upper halves an exit must first make right ({@link WordUse}), a bit each. */
  private int loose;

  X64Exits(X64Assembler assembler, X64Registers registers, Trampolines trampolines) {
    a = assembler;
    this.registers = registers;
    this.trampolines = trampolines;
  }

  /** Begins a block outside of regions. */
  void begin() {
    beginRegion(NOTHING, NOTHING);
  }

  /** Begins a region, with what emits the moves out of its register places and back. */
  void beginRegion(Runnable leave, Runnable enter) {
    exitCount = 0;
    loose = 0;
    leaveRegion = leave;
    enterRegion = enter;
  }

  /** Says which registers are loose at the exits that follow. */
  void loose(int set) {
    loose = set;
  }

  /** A label that leads to an exit; execution resumes at {@code resume}, or nowhere if -1. */
  int exit(int code, int resume) {
    int label = a.label();
    exitLabel[exitCount] = label;
    exitResume[exitCount] = resume;
    exitLoose[exitCount] = loose;
    exitCode[exitCount++] = code;
    return label;
  }

  /** Has Java execute the instruction. */
  void slow(int parcel, int count) {
    int resume = a.label();
    a.jump(exit(CodeExit.code(CodeExit.SLOW, parcel, count), resume));
    a.bind(resume);
  }

  /** A label for Java to execute the instruction and to go on at {@code resume}. */
  int slowExit(int parcel, int count, int resume) {
    return exit(CodeExit.code(CodeExit.SLOW, parcel, count), resume);
  }

  /** A label for the next round of a loop in which the hart waits, which begins at {@code head}. */
  int spin(int parcel, int head) {
    return exit(CodeExit.code(CodeExit.SPIN, parcel, 0), head);
  }

  /** Emits the moves to where registers are outside of regions, for code that goes on elsewhere. */
  void leave() {
    registers.signExtend(loose);
    leaveRegion.run();
  }

  /** Emits something behind the code, before the exits. */
  void aside(Runnable emit) {
    asides.add(emit);
  }

  /** Emits what was put aside; comes before {@link #exits}. */
  void asides() {
    asides.forEach(Runnable::run);
    asides.clear();
  }

  /** Emits the exits that the code before refers to. */
  void exits() {
    for (int i = 0; i < exitCount; i++) {
      a.bind(exitLabel[i]);
      registers.signExtend(exitLoose[i]);
      leaveRegion.run();
      a.constant(RAX, exitCode[i]);
      int resume = exitResume[i];
      if (resume < 0) {
        a.jumpTo(trampolines.exit);
      } else {
        a.callTo(trampolines.exitResumably);
        enterRegion.run();
        a.jump(resume);
      }
    }
    exitCount = 0;
  }
}
