import JSON
import Testing
import Training

struct ScheduleTests {
    @Test func factorsAreThoseOfTheReference() throws {
        for item in try fixture("schedules").asArray! {
            let type = SchedulerType(rawValue: item["name"]!.asString!)!
            var settings: [String: Double] = [:]
            for (key, value) in item["settings"]!.asObject! { settings[key] = value.asNumber! }
            let schedule = try LearningRateSchedule(type, warmupSteps: item["warmup"]!.asInteger!, totalSteps: item["total"]!.asInteger!,
                                                    settings: settings, peak: 1e-3)
            for (step, factor) in item["factors"]!.doubles.enumerated() {
                #expect(abs(schedule.factor(at: step) - factor) < 1e-12, "\(type) \(settings) warmup \(schedule.warmupSteps) step \(step)")
            }
        }
    }

    @Test func warmupCountsAndFractionsBecomeTheReferencesSteps() throws {
        for item in try fixture("warmup_steps").asArray! {
            #expect(StepInterval(item["value"]!.asNumber!).steps(of: item["total"]!.asInteger!) == item["steps"]!.asInteger!)
        }
    }

    @Test(arguments: [SchedulerType.linear, .constant, .cosine, .inverseSqrt])
    func aSettingThatTheShapeDoesNotHaveIsRefusedByName(_ type: SchedulerType) {
        let error = #expect(throws: TrainingArgumentError.self) {
            try LearningRateSchedule(type, warmupSteps: 0, totalSteps: 10, settings: ["power": 2], peak: 1e-3)
        }
        #expect(error?.description.contains("'power'") == true)
    }

    @Test func aPolynomialEndAboveThePeakIsRefused() {
        #expect(throws: TrainingArgumentError.self) {
            try LearningRateSchedule(.polynomial, warmupSteps: 0, totalSteps: 10, settings: ["lr_end": 1], peak: 1e-3)
        }
    }

    @Test func aPolynomialWithoutDecayStepsStaysAtItsEnd() throws {
        #expect(try LearningRateSchedule(.polynomial, warmupSteps: 3, totalSteps: 3, peak: 1e-3).factor(at: 3) == 1e-7 / 1e-3)
    }
}
