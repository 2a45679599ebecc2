package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.scenario.Finding;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.vmm.VmException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The files of a run are read once: when they are checked. */
@DisabledOnOs(OS.WINDOWS) // Where a file that is mapped cannot be deleted.
class CheckedBootTest {
  @TempDir private Path folder;
  private final Manager manager = new Manager(Clock.host(), Effects.host(), name -> null);
  private Path firmware;

  @BeforeEach
  void makeFirmware() throws IOException {
    firmware = Files.write(folder.resolve("firmware"), new byte[64]);
  }

  private VmDescription vm(long memory) {
    Guest.Images images =
        new Guest.Images(
            Optional.empty(), Optional.of(firmware), Optional.empty(), Optional.empty(), "");
    return VmDescription.builder("vm", new Guest.Custom(images)).memory(memory).build();
  }

  private void create(VmDescription vm) {
    manager.perform(
        new SystemAction.CreateSystem(Scenario.of(vm), Guest.Linux.NO_TERMINAL, Map.of()));
  }

  private void check(VmDescription vm) throws IOException {
    assertThat(manager.perform(new PlanAction.Check(vm))).noneMatch(Finding::fatal);
    Files.delete(firmware);
  }

  @Test
  void whatACheckHasReadIsUsedByTheNextLife() throws IOException {
    check(vm(16 << 20));
    create(vm(16 << 20));
    assertThat(manager.perform(new SystemAction.CloseSystem()).losses()).isEmpty();
  }

  @Test
  void itIsUsedOnce() throws IOException {
    check(vm(16 << 20));
    create(vm(16 << 20));
    assertThat(manager.perform(new SystemAction.CloseSystem()).losses()).isEmpty();
    assertThatThrownBy(() -> create(vm(16 << 20))).isInstanceOf(VmException.class);
  }

  @Test
  void anotherVmDoesNotUseIt() throws IOException {
    check(vm(16 << 20));
    assertThatThrownBy(() -> create(vm(32 << 20)))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("firmware");
  }
}
