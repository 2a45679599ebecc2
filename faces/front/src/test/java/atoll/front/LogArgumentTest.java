package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.console.LogFile;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogArgumentTest {
  private static final OptionalLong USUAL = OptionalLong.of(1 << 20);

  private static LogArgument read(String text) {
    return new LogArgument.Converter().convert(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"log", "a,b", "a=b", "a,b=c", "max=1M", "log,max=1M/file", "log,maximum=1M"})
  void everyOtherCommaAndEqualsSignBelongsToTheName(String name) {
    assertThat(read(name).file(USUAL)).isEqualTo(new LogFile(Path.of(name), USUAL));
  }

  @Test
  void aLimitIsReadFromTheEnd() {
    LogFile log = read("a,max=1M,max=64K").file(OptionalLong.empty());
    assertThat(log).isEqualTo(new LogFile(Path.of("a,max=1M"), OptionalLong.of(65_536)));
  }

  @Test
  void noneIsNoLimitWhateverIsUsual() {
    assertThat(read("log,max=none").file(USUAL)).isEqualTo(LogFile.unbounded(Path.of("log")));
  }

  @Test
  void aFolderHoldsFilesWithItsLimit() {
    assertThat(read("logs,max=8K").file("one.log", USUAL))
        .isEqualTo(new LogFile(Path.of("logs/one.log"), OptionalLong.of(8192)));
    assertThat(read("logs").file("one.log", USUAL))
        .isEqualTo(new LogFile(Path.of("logs/one.log"), USUAL));
  }
}
