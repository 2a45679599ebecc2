package atoll.junit;

import atoll.api.AtollSystem;
import atoll.api.Vm;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests their systems, has these closed with JUnit's store, and reports on them if a test
 * fails. There may be several extensions for a test, which have their systems in one place.
 */
abstract class SystemExtension implements ParameterResolver, AfterEachCallback, AfterAllCallback {
  private static final Namespace NAMESPACE = Namespace.create(SystemExtension.class);

  /** What a parameter is to be, if this one says so. */
  abstract Optional<Wish> wish(ParameterContext parameter, ExtensionContext context);

  /** Parameters of a constructor belong to the test that it is called for. */
  @Override
  public final ExtensionContextScope getTestInstantiationExtensionContextScope(
      ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public final boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    boolean ours = type == AtollSystem.class || type == Vm.class;
    return ours && wish(parameter, context).isPresent();
  }

  @Override
  public final Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Wish wish = wish(parameter, context).orElseThrow();
    return get(wish, parameter.getParameter().getType(), level(wish, parameter, context));
  }

  /** What is wished for, started if it is not there. */
  static Object get(Wish wish, Class<?> type, ExtensionContext level) {
    AtollSystem system = systems(level).get(wish);
    if (type == AtollSystem.class) {
      return system;
    }
    return wish.vm().isEmpty() ? system.vm() : system.vm(wish.vm());
  }

  /** The context at whose end a system is closed. */
  private static ExtensionContext level(
      Wish wish, ParameterContext parameter, ExtensionContext context) {
    if (wish.shared()) {
      return ofClass(parameter.getDeclaringExecutable().getDeclaringClass(), context);
    }
    if (context.getTestMethod().isEmpty()) {
      throw new ParameterResolutionException(
          "%s belongs to no single test; say shared = true, or give the parameter to a test or a method for each test"
              .formatted(parameter.getParameter()));
    }
    return context;
  }

  /** The context of a class, or of the one that is nearest to that. */
  static ExtensionContext ofClass(Class<?> declaring, ExtensionContext context) {
    ExtensionContext of = context;
    while (of.getTestMethod().isPresent() || !isOf(declaring, of)) {
      Optional<ExtensionContext> parent = of.getParent();
      if (parent.isEmpty() || parent.get().getTestClass().isEmpty()) {
        return of;
      }
      of = parent.get();
    }
    return of;
  }

  private static boolean isOf(Class<?> declaring, ExtensionContext context) {
    return context.getTestClass().filter(declaring::isAssignableFrom).isPresent();
  }

  private static Systems systems(ExtensionContext context) {
    // A store also finds what its parents have, hence the context in the key.
    return context
        .getStore(NAMESPACE)
        .computeIfAbsent(context.getUniqueId(), id -> new Systems(), Systems.class);
  }

  @Override
  public final void afterEach(ExtensionContext context) {
    context.getExecutionException().ifPresent(problem -> report(context, problem));
  }

  @Override
  public final void afterAll(ExtensionContext context) {
    context.getExecutionException().ifPresent(problem -> report(context, problem));
  }

  /** Once, by whichever extension comes first. */
  private static void report(ExtensionContext context, Throwable problem) {
    Store store = context.getStore(NAMESPACE);
    String reported = "report of " + context.getUniqueId();
    if (store.get(reported) == null) {
      store.put(reported, true);
      FailureReport report = new FailureReport();
      Optional<ExtensionContext> of = Optional.of(context);
      while (of.isPresent() && of.get().getTestClass().isPresent()) {
        Systems systems = store.get(of.get().getUniqueId(), Systems.class);
        if (systems != null) {
          systems.all().forEach(report::add);
        }
        of = of.get().getParent();
      }
      report.publish(context, problem);
    }
  }
}
