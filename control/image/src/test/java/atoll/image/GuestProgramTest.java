package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.vmm.Boot;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GuestProgramTest {
  @ParameterizedTest
  @EnumSource
  void everyProgramComesWithAtollAndIsFoundByItsName(GuestProgram program) {
    Boot boot = program.boot("words");
    assertThat(boot.commandLine()).isEqualTo("words");
    assertThat(boot instanceof Boot.FirmwareBoot).isEqualTo(program.firmware());
    assertThat(GuestProgram.of(program.id())).contains(program);
  }
}
