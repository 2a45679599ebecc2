package atoll.bench;

import atoll.isa.Decoder;
import atoll.isa.Instruction;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From bits to operations: nanoseconds for one instruction. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecodeBenchmark {
  private static final int COUNT = 4096;

  private final int[] words = new int[COUNT];
  private final int[] halves = new int[COUNT];

  /** Every instruction equally often, which is harder than any program. */
  @Setup
  public void fill() {
    SplittableRandom random = new SplittableRandom(1);
    List<Instruction> all = Instruction.all();
    for (int i = 0; i < COUNT; i++) {
      Instruction one = all.get(random.nextInt(all.size()));
      words[i] = one.match() | random.nextInt() & ~one.mask();
      halves[i] = random.nextInt(0x4000) << 2 | random.nextInt(3);
    }
  }

  /** 32-bit instructions. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public int word() {
    int sum = 0;
    for (int w : words) {
      sum += Decoder.op(w);
    }
    return sum;
  }

  /** 16-bit instructions: expanded, then decoded. */
  @Benchmark
  @OperationsPerInvocation(COUNT)
  public int half() {
    int sum = 0;
    for (int h : halves) {
      sum += Decoder.op(Decoder.expand(h));
    }
    return sum;
  }
}
