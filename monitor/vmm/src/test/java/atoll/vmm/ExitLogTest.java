package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ExitLogTest {
  private final ExitLog log = new ExitLog();

  private void load(long address, long found) {
    log.begin(ExitLog.LOAD, 4, address, address, 0);
    log.found(found);
  }

  private List<Long> addresses() {
    return log.entries().stream().map(ExitLog.Entry::address).toList();
  }

  @Test
  void theLastExitsAreKeptTheOldestFirst() {
    for (int i = 1; i <= ExitLog.LENGTH + 2; i++) {
      load(i, 10L * i);
    }
    assertThat(addresses()).hasSize(ExitLog.LENGTH).startsWith(3L, 4L);
    assertThat(log.entries().getLast())
        .isEqualTo(new ExitLog.Entry(18, ExitLog.LOAD, false, 4, 18, 180));
  }

  @Test
  void oneThatComesOnceMoreIsThereOnce() {
    load(1, 10);
    log.begin(ExitLog.STORE, 2, 7, 2, 20);
    log.dropLast();
    assertThat(addresses()).containsExactly(1L);
    log.begin(ExitLog.STORE, 2, 7, 2, 20);
    log.refused();
    load(3, 30);
    assertThat(log.entries())
        .containsExactly(
            new ExitLog.Entry(1, ExitLog.LOAD, false, 4, 1, 10),
            new ExitLog.Entry(7, ExitLog.STORE, true, 2, 2, 20),
            new ExitLog.Entry(3, ExitLog.LOAD, false, 4, 3, 30));
  }
}
