package atoll.engine.hart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import atoll.cpu.Cpu;
import atoll.engine.MmuKind;
import atoll.engine.Paging;
import atoll.engine.software.Interpreter;
import atoll.host.Clock;
import atoll.host.HostMemory;
import atoll.memory.GuestMemory;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegisterNamesTest {
  private static void withCpu(Consumer<Cpu> test) {
    try (HostMemory host = HostMemory.allocate(1 << 16);
        SoftHartGroup group =
            new SoftHartGroup(
                new GuestMemory(0x8000_0000L, host),
                Clock.host(),
                1,
                new Interpreter(),
                MmuKind.FOLDED,
                Paging.SV57)) {
      test.accept(group.client(0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pc", "x1", "ra", "x31", "t6", "fp", "f0", "f31", "mscratch", "stvec"})
  void whatIsWrittenByNameIsRead(String name) {
    withCpu(cpu -> {
      cpu.register(name, 0x1234_5678_9abc_def0L);
      assertThat(cpu.register(name)).isEqualTo(0x1234_5678_9abc_def0L);
    });
  }

  @Test
  void namesOfOneRegisterMeanTheSame() {
    withCpu(cpu -> {
      cpu.register("x8", 7);
      assertThat(cpu.register("s0")).isEqualTo(7);
      assertThat(cpu.register("fp")).isEqualTo(7);
    });
  }

  @Test
  void zeroStaysZeroAndACsrKeepsOnlyWhatIsLegal() {
    withCpu(cpu -> {
      cpu.register("zero", 5);
      cpu.register("mepc", 0x8000_0001L);
      assertThat(cpu.register("x0")).isZero();
      assertThat(cpu.register("mepc")).isEqualTo(0x8000_0000L);
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x32", "f32", "PC", "eax", "0x300"})
  void unknownNamesAreRefusedInBothDirections(String name) {
    withCpu(cpu -> {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cpu.register(name))
          .withMessageContaining("no register '" + name + "'");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cpu.register(name, 0))
          .withMessageContaining("no register '" + name + "'");
    });
  }
}
