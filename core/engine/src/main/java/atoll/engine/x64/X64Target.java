package atoll.engine.x64;

import atoll.emit.X64Assembler;
import atoll.engine.target.BlockEmitter;
import atoll.engine.target.FloatControl;
import atoll.engine.target.RegionEmitter;
import atoll.engine.target.Target;
import atoll.verify.CodeGate;
import atoll.verify.PieceProver;
import atoll.verify.Routines;
import atoll.verify.X64Code;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Processors of the x86-64 architecture, of 2013 and later. */
public final class X64Target implements Target {
  private static final FloatControl FLOATS = new X64FloatControl();

  @Override
  public String architecture() {
    return "amd64";
  }

  @Override
  public String name() {
    return "x86-64";
  }

  @Override
  public List<String> features() {
    return List.of("popcnt", "bmi1", "bmi2", "fma", "sse4_1", "pclmulqdq");
  }

  @Override
  public List<Class<?>> makers() {
    return List.of(X64Target.class, X64Assembler.class);
  }

  @Override
  public FloatControl floats() {
    return FLOATS;
  }

  @Override
  public BlockEmitter blocks(BooleanSupplier alone, BooleanSupplier siblings) {
    return new X64BlockEmitter(alone, siblings);
  }

  @Override
  public RegionEmitter regions(BooleanSupplier alone, BooleanSupplier siblings) {
    return new X64RegionEmitter(alone, siblings);
  }

  @Override
  public CodeGate gate(int codeBytes, int slotBytes, int segments) {
    return new CodeGate(
        X64Code.INSTANCE, codeBytes, slotBytes, segments, CodeContract.STATE, CodeContract.EXITS);
  }

  @Override
  public PieceProver prover(Routines routines) {
    return new PieceProver(X64Code.INSTANCE, CodeContract.STATE, CodeContract.EXITS, routines);
  }
}
