package atoll.junit;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.api.Atoll;
import atoll.api.AtollSystem;
import atoll.api.Vm;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which VM a parameter is. */
class ParametersTest {
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private static void greeted(Vm vm) {
    vm.console().expect("> ", LIMIT);
  }

  @Nested
  class OfOneTest {
    private final Vm ofConstructor;
    private Vm ofBefore;

    OfOneTest(@Guest(value = "hello", memory = "16M") Vm vm) {
      ofConstructor = vm;
    }

    @BeforeEach
    void before(@Guest(value = "hello", memory = "16M") Vm vm) {
      ofBefore = vm;
      greeted(vm);
    }

    @AfterEach
    void after(@Guest(value = "hello", memory = "16M") Vm vm) {
      assertThat(vm).isSameAs(ofConstructor);
      vm.console().sendLine("echo still here");
      vm.console().expect("still here", LIMIT);
    }

    @RepeatedTest(2)
    void equalAnnotationsAreTheSameAndFreshForEachTest(
        @Guest(value = "hello", memory = "16M") Vm vm,
        @Guest(value = "hello", memory = "16M") AtollSystem system,
        @Guest(value = "hello", memory = "16M", name = "other") Vm other) {
      assertThat(vm).isSameAs(ofConstructor).isSameAs(ofBefore).isSameAs(system.vm());
      assertThat(vm.console().text()).containsOnlyOnce("Hello from");
      assertThat(other.name()).isEqualTo("other");
      greeted(other);
    }
  }

  @Nested
  @TestMethodOrder(MethodOrderer.OrderAnnotation.class)
  class OfAClass {
    @BeforeAll
    static void begin(@Guest(value = "hello", memory = "16M", shared = true) Vm vm) {
      greeted(vm);
    }

    @Test
    @Order(1)
    void theFirstTestChangesIt(@Guest(value = "hello", memory = "16M", shared = true) Vm vm) {
      vm.memory().writeInt(0x8080_0000L, 77);
    }

    @Test
    @Order(2)
    void theSecondFindsThat(@Guest(value = "hello", memory = "16M", shared = true) Vm vm) {
      assertThat(vm.memory().readInt(0x8080_0000L)).isEqualTo(77);
      assertThat(vm.lives()).isEqualTo(1);
    }
  }

  @Nested
  class OfAScenario {
    @Test
    void itsVmsAreOfOneSystem(
        @Scenario("two.yaml") AtollSystem system,
        @Scenario(value = "two.yaml", vm = "right") Vm right) {
      assertThat(system.vms()).extracting(Vm::name).containsExactly("left", "right");
      assertThat(system.vm("right")).isSameAs(right);
      greeted(right);
      greeted(system.vm("left"));
    }
  }

  @Nested
  class OfABuilder {
    @RegisterExtension
    static final AtollExtension EACH = AtollExtension.of(() -> Atoll.hello().memory("16M").cpus(2));

    @RepeatedTest(2)
    void aParameterWithoutAnAnnotationIsWhatTheBuilderSays(
        Vm vm, AtollSystem system, @Guest(value = "hello", memory = "16M") Vm said) {
      assertThat(system.vm()).isSameAs(vm).isNotSameAs(said);
      greeted(vm);
      assertThat(vm.console().text()).contains("hart 0 of 2").containsOnlyOnce("Hello from");
      greeted(said);
      assertThat(said.console().text()).contains("hart 0 of 1");
    }
  }

  @Nested
  class OfASharedBuilder {
    @RegisterExtension
    static final AtollExtension ALL = AtollExtension.shared(() -> Atoll.hello().memory("16M"));

    static Vm last;

    @RepeatedTest(2)
    void itIsTheSameForAllTests(Vm vm) {
      assertThat(last == null || last == vm).isTrue();
      last = vm;
      assertThat(vm.lives()).isEqualTo(1);
    }
  }
}
