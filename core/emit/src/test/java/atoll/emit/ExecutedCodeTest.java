package atoll.emit;

import static atoll.emit.X64Assembler.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.ExecutableMemory;
import atoll.host.HostProcessor;
import atoll.host.NativeCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Small functions that this processor executes: RDI and RSI in, RAX out. */
class ExecutedCodeTest {
  private static final int PAGE = 4096;

  private final X64Assembler a = new X64Assembler();
  private ExecutableMemory memory;

  @BeforeEach
  void allocate() {
    assumeTrue(HostProcessor.architecture().equals("amd64"), "this is not an x86-64 host");
    assumeTrue(
        ExecutableMemory.unavailable().isEmpty(), () -> ExecutableMemory.unavailable().orElse(""));
    memory = ExecutableMemory.allocate(PAGE, PAGE);
    a.begin(0);
  }

  @AfterEach
  void close() {
    if (memory != null) {
      memory.close();
    }
  }

  /** Ends the function in hand and calls it. */
  private long call(long first, long second) {
    a.ret();
    a.finish();
    memory.write(0, a.bytes(), a.size());
    return new NativeCode(memory.code()).call(first, second);
  }

  @Test
  void aLoopSumsWhatItShould() {
    int head = a.label();
    int done = a.label();
    a.constant(RAX, 0);
    a.bind(head);
    a.test(true, RDI, RDI);
    a.jump(EQUAL, done);
    a.alu(ADD, true, RAX, RDI);
    a.aluImmediate(SUB, true, RDI, 1);
    a.jump(head);
    a.bind(done);
    assertThat(call(1000, 0)).isEqualTo(500_500);
  }

  @Test
  void aSubroutineIsCalledAndReturns() {
    int square = a.label();
    int end = a.label();
    a.call(square);
    a.mov(RDI, RSI);
    a.mov(RCX, RAX);
    a.call(square);
    a.alu(ADD, true, RAX, RCX);
    a.jump(end);
    a.bind(square);
    a.mov(RAX, RDI);
    a.imul(true, RAX, RDI);
    a.ret();
    a.bind(end);
    assertThat(call(3, -4)).isEqualTo(25);
  }

  @Test
  void dataBehindTheCodeIsReadAndWrittenByOffset() {
    int data = Math.toIntExact(memory.data() - memory.code());
    a.store(true, atOffset(data + 8), RDI);
    a.aluImmediate(ADD, true, RSI, 5);
    a.load(true, RAX, atOffset(data + 8));
    a.alu(SUB, true, RAX, RSI);
    assertThat(call(100, 1)).isEqualTo(94);
  }

  @Test
  void everyFormOfConstantArrives() {
    long[] values = {
      0, 1, -1, 0x7fff_ffffL, 0x8000_0000L, 0xffff_ffffL, 1L << 32, Long.MIN_VALUE, -(1L << 31)
    };
    for (long value : values) {
      a.begin(0);
      a.constant(RAX, -2);
      a.constant(RAX, value);
      assertThat(call(0, 0)).isEqualTo(value);
    }
  }

  @Test
  void aFusedMultiplyAddRoundsOnce() throws IOException {
    assumeTrue(
        Files.readString(Path.of("/proc/cpuinfo")).contains(" fma "), "this processor has no FMA");
    a.movToSse(true, 0, RDI);
    a.movToSse(true, 1, RSI);
    a.constant(RAX, Double.doubleToRawLongBits(-1));
    a.movToSse(true, 2, RAX);
    a.fma(0xa9, true, 0, 1, 2);
    a.movFromSse(true, RAX, 0);
    double x = 1 + 0x1p-30;
    double y = 1 - 0x1p-30;
    long result = call(Double.doubleToRawLongBits(x), Double.doubleToRawLongBits(y));
    assertThat(Double.longBitsToDouble(result))
        .isEqualTo(Math.fma(x, y, -1))
        .isNotEqualTo(x * y - 1);
  }

  @Test
  void whatIsOverwrittenIsExecutedAsOverwritten() {
    a.constantFixed(RAX, 1);
    assertThat(call(0, 0)).isEqualTo(1);
    memory.writeInt(1, 42); // the immediate
    assertThat(new NativeCode(memory.code()).call(0, 0)).isEqualTo(42);
  }
}
