package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.Hart;
import atoll.engine.Tracer;
import atoll.isa.Cause;
import atoll.isa.CsrNumber;
import atoll.testkit.MachineFixture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a tracer is shown: each instruction once, and each trap in its place. */
class TraceTest extends Conformance {
  private static final long CODE = MachineFixture.CODE;
  private static final long DEVICE = 0x1000_0000L;

  /** Steps by the addresses of instructions, and traps by their cause, "from to value". */
  private final List<String> seen = new ArrayList<>();

  @BeforeEach
  void trace() {
    m.hart()
        .trace(
            new Tracer() {
              @Override
              public void executed(Hart hart, long pc, int bits, long[] before, long[] floats) {
                seen.add("%x".formatted(pc - CODE) + change(hart, before));
              }

              @Override
              public void trapped(Hart hart, Trap trap) {
                seen.add(
                    "%s at %x, %x, %s to %s"
                        .formatted(
                            Cause.name(trap.cause()),
                            trap.pc() - CODE,
                            trap.value(),
                            trap.from(),
                            trap.to()));
                assertThat(hart.pc()).isEqualTo(trap.handler());
              }
            });
  }

  private static String change(Hart hart, long[] before) {
    return hart.x(11) == before[11] ? "" : " a1=%x".formatted(hart.x(11));
  }

  /** Up to and with the first trap. */
  private List<String> run() {
    m.run();
    return seen;
  }

  @Test
  void instructionsAreShownWithWhatTheyChangeAndThenTheTrap() {
    m.code("li a1, 7; nop; ecall");
    assertThat(run()).startsWith("0 a1=7", "4", "8", "environment call from M at 8, 0, M to M");
  }

  @Test
  void accessesOfDevicesAreShownOnceTheyAreDone() {
    m.device((write, address, size, value) -> 0x55);
    m.x("a0", DEVICE).code("lbu a1, 0(a0); sb a1, 1(a0); ebreak");
    assertThat(run()).startsWith("0 a1=55", "4", "8", "breakpoint at 8, 80010008, M to M");
  }

  @Test
  void whatNoDeviceAnswersIsAnInstructionAndATrap() {
    m.x("a0", DEVICE).code("nop; sw a1, 8(a0)");
    assertThat(run()).startsWith("0", "4", "store access fault at 4, 10000008, M to M");
  }

  @Test
  void whatCannotBeFetchedIsATrapOnly() {
    m.csr(CsrNumber.MEDELEG, 1L << Cause.INSTRUCTION_ACCESS_FAULT);
    m.x("a0", DEVICE).code("jr a0").enter(S);
    seen.clear();
    assertThat(run())
        .startsWith(
            "0", "instruction access fault at %x, %x, S to S".formatted(DEVICE - CODE, DEVICE));
  }

  @Test
  void interruptsAreNamed() {
    m.csr(CsrNumber.MIDELEG, 0);
    m.code("li a1, 1; j .").enter(S);
    m.csr(CsrNumber.MIE, 2);
    seen.clear();
    m.step();
    m.csr(CsrNumber.MIP, 2);
    m.step();
    assertThat(seen).startsWith("0 a1=1", "supervisor software at 4, 0, S to M");
  }
}
