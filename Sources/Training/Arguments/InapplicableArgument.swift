/// An argument of the field that has no meaning here, and why.
public struct InapplicableArgument: Equatable, Sendable {
    public let name: String
    /// Continues "NAME has no effect: ".
    public let reason: String

    /// Arguments that scripts may carry over; they are accepted and preflight names them.
    public static let accepted: [InapplicableArgument] = [
        .init(name: "dataloader_num_workers", reason: "batches are made on the kernels' thread pool; SENTX_NUM_THREADS sets its size"),
        .init(name: "dataloader_persistent_workers", reason: "there are no loader processes"),
        .init(name: "dataloader_pin_memory", reason: "there is no copy to a device"),
        .init(name: "dataloader_prefetch_factor", reason: "there are no loader processes"),
        .init(name: "torch_empty_cache_steps", reason: "there is no allocator cache of a device to empty"),
        .init(name: "gradient_checkpointing_kwargs", reason: "there is one form of gradient checkpointing"),
        .init(name: "logging_dir", reason: "everything logged goes to logs/RUN_NAME.log"),
        .init(name: "remove_unused_columns", reason: "a loss reads the input columns in order and the label column"),
        .init(name: "use_cpu", reason: "training always runs on the processor"),
        .init(name: "tf32", reason: "it is a format of another kind of hardware"),
        .init(name: "hub_model_id", reason: "nothing is pushed in this version"),
        .init(name: "hub_strategy", reason: "nothing is pushed in this version"),
        .init(name: "hub_private_repo", reason: "nothing is pushed in this version"),
        .init(name: "full_determinism", reason: "the same seed and thread count always give the same bits"),
    ]
}
