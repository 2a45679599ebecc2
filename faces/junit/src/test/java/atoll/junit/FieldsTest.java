package atoll.junit;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.api.AtollSystem;
import atoll.api.Vm;
import atoll.api.VmState;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which VM a field is. */
class FieldsTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  @TempDir Path folder;

  private static void greeted(Vm vm) {
    vm.console().expect("> ", LIMIT);
  }

  /** What subclasses have, too. */
  abstract static class Inherited {
    @Guest(value = "hello", memory = "16M", name = "inherited")
    Vm inherited;
  }

  @Nested
  class OfOneTest extends Inherited {
    @Guest(value = "hello", memory = "16M")
    private Vm vm;

    @Guest(value = "hello", memory = "16M")
    private AtollSystem system;

    private static Vm last;

    @BeforeEach
    void itIsThereBeforeEachTest() {
      greeted(vm);
    }

    @RepeatedTest(2)
    void aFieldIsFreshForEachTest(@Guest(value = "hello", memory = "16M") Vm parameter) {
      assertThat(vm).isSameAs(parameter).isSameAs(system.vm()).isNotSameAs(last);
      assertThat(inherited.name()).isEqualTo("inherited");
      greeted(inherited);
      last = vm;
    }

    @Nested
    class Inside {
      @Test
      void theFieldsAroundATestAreTheTests() {
        assertThat(vm.state()).isEqualTo(VmState.RUNNING);
        assertThat(inherited.state()).isEqualTo(VmState.RUNNING);
      }
    }
  }

  @Nested
  class OfAClass {
    @Guest(value = "hello", memory = "16M")
    private static Vm all;

    @Guest(value = "hello", memory = "16M", shared = true)
    private Vm same;

    @BeforeAll
    static void itIsThereBeforeAllTests() {
      greeted(all);
    }

    @RepeatedTest(2)
    void aStaticFieldIsTheSameForAllTests() {
      assertThat(all.lives()).isEqualTo(1);
      assertThat(all.console().text()).containsOnlyOnce("Hello from");
      assertThat(same.system().vm()).isSameAs(same);
    }
  }

  @Nested
  class OfAScenario {
    @Scenario("two.yaml")
    AtollSystem system;

    @Scenario(value = "two.yaml", vm = "right")
    Vm right;

    @Test
    void itsVmsAreOfOneSystem() {
      assertThat(system.vm("right")).isSameAs(right);
      greeted(right);
    }
  }

  /** Run by the test below. */
  static class Wrong {
    @Guest("hello")
    private String vm;

    @Test
    void neverBegins() {
      throw new AssertionError(vm);
    }
  }

  @Test
  void aFieldOfAnotherTypeIsRefused() {
    TestRun run = TestRun.of(folder, Wrong.class);
    assertThat(run.passed()).isZero();
    assertThat(run.failed())
        .singleElement()
        .asString()
        .contains("cannot be given a VM, expected a field of the type Vm or AtollSystem");
  }
}
