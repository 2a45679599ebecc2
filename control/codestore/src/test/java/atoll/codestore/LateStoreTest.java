package atoll.codestore;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.engine.CodeStore;
import atoll.engine.CodeStore.Label;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.Tasks;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code of earlier runs is had by a machine that needs much. */
class LateStoreTest {
  private static final Label LABEL = new Label(1, 2, 3);

  @TempDir private Path folder;
  private final List<Runnable> begun = new ArrayList<>();
  private final Tasks tasks =
      new Tasks() {
        @Override
        public void start(String name, Runnable task) {
          begun.add(task);
        }

        @Override
        public Sequence sequence(String name) {
          throw new UnsupportedOperationException();
        }

        @Override
        public Executor background() {
          throw new UnsupportedOperationException();
        }

        @Override
        public Sequence crew(String name, int most) {
          throw new UnsupportedOperationException();
        }
      };

  private CodeLibrary open() {
    return CodeLibrary.open(folder, new BuildId(1, 2, 3), Effects.host(), Clock.host())
        .orElseThrow();
  }

  private static MemorySegment piece() {
    return MemorySegment.ofArray(new byte[20_000]);
  }

  private void missMany(CodeStore store) {
    int before = begun.size();
    for (int i = 0; i < LateStore.MOST_MISSED - 1; i++) {
      store.missed();
    }
    assertThat(begun).hasSize(before);
    store.missed();
    assertThat(store.isOpen()).isFalse();
  }

  @Test
  void itIsOpenedOnceAfterManyPiecesThatItMayHaveHad() {
    try (CodeLibrary library = open()) {
      library.keep(7, LABEL, piece(), false);
      library.publish();
      LateStore late = new LateStore(() -> Optional.of(library), tasks);
      try (CodeStore.Reader reader = late.reader()) {
        late.keep(8, LABEL, piece(), false); // is lost
        missMany(late);
        assertThat(begun).hasSize(1);
        begun.getFirst().run();
        assertThat(late.isOpen()).isTrue();
        late.keep(9, LABEL, piece(), false);
        library.publish();
        reader.seek(7);
        assertThat(reader.next()).isTrue();
        assertThat(reader.read().byteSize()).isEqualTo(20_000);
      }
      try (CodeStore.Reader reader = late.reader()) {
        reader.seek(8);
        assertThat(reader.next()).isFalse();
        reader.seek(9);
        assertThat(reader.next()).isTrue();
      }
    }
  }

  @Test
  void oneThatCannotBeOpenedStaysClosed() {
    LateStore late = new LateStore(Optional::empty, tasks);
    missMany(late);
    begun.getFirst().run();
    missMany(late);
    assertThat(begun).hasSize(1);
    late.reader().close();
  }
}
