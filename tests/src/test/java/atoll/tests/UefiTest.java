package atoll.tests;

import static atoll.testkit.Patience.LIMIT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.device.FwCfgFile;
import atoll.disk.RawDisk;
import atoll.engine.Engine;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.MirrorChoice;
import atoll.image.RefusedException;
import atoll.image.UefiFirmware;
import atoll.image.VariableFiles;
import atoll.manager.ImageAction;
import atoll.manager.Manager;
import atoll.testkit.TestVm;
import atoll.vmm.Boot;
import atoll.vmm.FirmwareFlash;
import atoll.vmm.Image;
import atoll.vmm.Outcome;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * EDK2 as Debian builds it runs from flash, and keeps variables there from one life to the next.
 */
@Tag("slow")
@ParameterizedClass
@MethodSource("atoll.testkit.Engines#usual")
class UefiTest {
  private static final int MEMORY_MIB = 128;
  private static final String PROMPT = "Shell> ";

  @Parameter Engine engine;
  @TempDir Path folder;
  private UefiFirmware firmware;

  @BeforeEach
  void findIt() {
    Optional<UefiFirmware> found = find();
    assumeTrue(found.isPresent(), "there is no UEFI firmware in the cache, nor network");
    firmware = found.get();
  }

  private static Optional<UefiFirmware> find() {
    try {
      return Optional.of(
          new Manager(Clock.host(), Effects.host(), System::getenv)
              .perform(new ImageAction.FetchFirmware(MirrorChoice.USUAL, false)));
    } catch (RefusedException e) {
      return Optional.empty();
    }
  }

  /** Its shell performs {@code command}; what it prints then. */
  private String shell(Path variables, String command) throws Exception {
    try (RawDisk file = RawDisk.open(variables, false);
        TestVm vm =
            TestVm.start(
                engine,
                new Boot.FlashBoot(Optional.empty()),
                1,
                MEMORY_MIB,
                c ->
                    c.flash(new FirmwareFlash(Image.file(firmware.code()), file))
                        .fwCfg(List.of(FwCfgFile.of("opt/org.example/key", "value"))))) {
      vm.console().await("Press ESCAPE", LIMIT);
      vm.console().await("skip", LIMIT);
      vm.console().type("x"); // any other key to continue
      vm.console().await(PROMPT, LIMIT);
      vm.console().type(command + "\r");
      String answer = vm.console().await(PROMPT, LIMIT);
      vm.console().type("reset -s\r");
      assertThat(vm.end(LIMIT)).isEqualTo(new Outcome.Poweroff(0));
      return answer;
    }
  }

  /** The file is one of zeroes first: a chip that was never used, with no place for variables. */
  @Test
  void itRunsFromFlashAndKeepsItsVariablesThere() throws Exception {
    Path variables = folder.resolve("vars.fd");
    VariableFiles.make(variables, Optional.empty(), FirmwareFlash.BANK);
    String variable = "setvar Atoll -guid 5d1e4a7c-93ca-4bd2-aa0d-00e098032b01";
    assertThat(shell(variables, variable + " -nv -bs =0x1234")).doesNotContain("Unable");
    String kept = new String(Files.readAllBytes(variables), StandardCharsets.ISO_8859_1);
    byte[] name = "Atoll\0".getBytes(StandardCharsets.UTF_16LE);
    String entry = new String(name, StandardCharsets.ISO_8859_1) + (char) 0x34 + (char) 0x12;
    assertThat(kept.contains("_FVH") && kept.contains(entry)).isTrue();
  }
}
