import BackendConformance
import BackendTemplate
import BertCore
import Testing

@Test(arguments: ConformanceSuite.cases()) func conforms(_ c: ConformanceCase) throws {
    try c.check(BackendRegistry.shared.backend("template"))
}
