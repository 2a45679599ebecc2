package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.host.HostMemory;
import atoll.kernel.DetachedMemory;
import atoll.kernel.Microkernel;
import atoll.memory.GuestMemory;
import atoll.memory.MachineExtent;
import atoll.state.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The state of a machine, and machines that go on from one. */
class SavedMachineTest {
  /** Prints '!', and then echoes what is typed. */
  private static final String ECHO =
      """
        li t4, UART
        bnez a0, stay
        li t1, '!'
        sb t1, 0(t4)
      echo:
        lb t1, 5(t4)
        andi t1, t1, 1
        beqz t1, echo
        lb t1, 0(t4)
        sb t1, 0(t4)
        j echo
      stay:
        j stay
      """;

  private final Fixture.Console console = new Fixture.Console();
  private final Microkernel board = Microkernel.dedicated(Clock.host(), 2);
  private VirtualMachine vm;
  private DetachedMemory memory;

  private static VmConfig.Builder config(Fixture.Console console) {
    return Fixture.machine(ECHO).cpus(2).console(console);
  }

  /** The state of a machine that has printed something, whose memory is left. */
  private VmState save() throws InterruptedException {
    vm = VirtualMachine.create(config(console).build(), board);
    vm.start();
    awaitText("!");
    vm.pause();
    VmState state = vm.state();
    memory = vm.detach();
    vm.close();
    return state;
  }

  private void awaitText(String text) {
    while (!console.text().contains(text)) {
      Thread.onSpinWait();
    }
  }

  @AfterEach
  void close() {
    vm.close();
    if (memory != null) {
      memory.close();
    }
    board.close();
  }

  private void restore(VmState state, UnaryOperator<VmConfig.Builder> more) {
    vm = VirtualMachine.restore(more.apply(config(console)).build(), board, state, memory);
  }

  @Test
  void aMachineGoesOnWhereItWas() throws InterruptedException {
    restore(save(), config -> config);
    vm.start();
    while (console.type("x") == 0) {
      Thread.onSpinWait();
    }
    awaitText("!x");
    assertThat(console.text()).isEqualTo("!x");
  }

  @Test
  void aMachineThatGoesOnEndsByAResetAsEver() throws InterruptedException {
    restore(save(), config -> config);
    vm.start();
    vm.reset();
    assertThat(vm.awaitEnd()).isEqualTo(new Outcome.Reset());
  }

  @Test
  void aHartThatIsHeldSinglyStaysHeld() throws InterruptedException {
    vm = VirtualMachine.create(config(console).build(), board);
    vm.start();
    awaitText("!");
    vm.pauseVcpu(1);
    vm.pause();
    VmState state = vm.state();
    memory = vm.detach();
    vm.close();
    restore(state, config -> config);
    vm.start();
    assertThat(vm.vcpuPaused(1)).isTrue();
    assertThat(vm.vcpuPaused(0)).isFalse();
  }

  @Test
  void aMachineThatRunsOrHasEndedHasNoState() throws InterruptedException {
    vm = VirtualMachine.create(config(console).build(), board);
    vm.start();
    assertThatIllegalStateException().isThrownBy(vm::state).withMessageContaining("not paused");
    vm.close();
    assertThatThrownBy(vm::state).isInstanceOf(VmException.class).hasMessageContaining("has ended");
  }

  @Test
  void aMachineWithOtherMemoryMappedThanItWasMadeWithHasNoState() throws InterruptedException {
    vm = VirtualMachine.create(config(console).build(), board);
    vm.start();
    awaitText("!");
    vm.pause();
    GuestMemory ram = vm.machine().memory();
    long behind = ram.base() + ram.size();
    try (HostMemory more = HostMemory.allocate(GuestMemory.PAGE_SIZE)) {
      ram.addRam(behind, more, List.of(new MachineExtent(1L << 50, GuestMemory.PAGE_SIZE)));
      assertThatThrownBy(vm::state)
          .isInstanceOf(VmException.class)
          .hasMessageContaining("has other memory mapped");
      ram.remove(behind);
    }
    assertThat(vm.state().memory()).isEqualTo(ram.size());
  }

  @Test
  void aMachineWithOtherDevicesIsRefused() throws InterruptedException {
    VmState state = save();
    assertThatThrownBy(() -> restore(state, config -> config.virtioConsole(new Fixture.Console())))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("no devices [virtio1]");
  }

  @Test
  void aMachineWithAnotherNumberOfHartsIsRefused() throws InterruptedException {
    VmState state = save();
    assertThatThrownBy(() -> restore(state, config -> config.cpus(1)))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("has 2 vCPUs, this machine 1");
  }

  @Test
  void memoryOfAnotherSizeIsRefused() throws InterruptedException {
    VmState state = save();
    assertThatThrownBy(() -> restore(state, config -> config.memory(32 * Fixture.MIB)))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("has 32 MiB of RAM, and not the 64 MiB");
  }

  @Test
  void whatADeviceRefusesIsToldWithItsName() throws InterruptedException {
    VmState state = save();
    Map<String, Value> devices = new HashMap<>(state.devices());
    Value.Fields uart = (Value.Fields) devices.get("uart0");
    devices.put("uart0", uart.with("ier", Value.of(List.of())));
    VmState bad =
        new VmState(
            state.name(),
            state.memory(),
            state.harts(),
            state.vcpus(),
            state.sbi(),
            state.held(),
            devices);
    assertThatThrownBy(() -> restore(bad, config -> config))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("device uart0: ")
        .hasMessageContaining("ier: expected a number, found a list of 0");
  }

  @Test
  void aStateComesBackFromItsBytes() throws InterruptedException {
    VmState vmState = save();
    SystemState state = new SystemState(new SystemState.Time(5, 7), List.of(vmState), List.of());
    byte[] bytes = SystemState.FORMAT.encode(state);
    SystemState read = SystemState.FORMAT.decode(bytes);
    assertThat(SystemState.FORMAT.encode(read)).isEqualTo(bytes);
    assertThat(read.vms().getFirst().harts()).isEqualTo(vmState.harts());
    assertThat(read.time()).isEqualTo(state.time());
  }
}
