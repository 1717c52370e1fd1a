"""The papers' tables by name, one function each: (Exam) -> Table."""

TABLES: dict[str, str] = {
    "lift": "gfpose_core.evaluation.tables.lifting:lift",
    "cross-dataset": "gfpose_core.evaluation.tables.lifting:cross_dataset",
    "complete-2d": "gfpose_core.evaluation.tables.completion:complete_2d",
    "complete-3d": "gfpose_core.evaluation.tables.completion:complete_3d",
    "inference": "gfpose_core.evaluation.tables.completion:inference",
    "denoise": "gfpose_core.evaluation.tables.denoising:denoise",
    "generate": "gfpose_core.evaluation.tables.generation:generate",
    "robustness": "gfpose_core.evaluation.tables.robustness:robustness",
    "ablation": "gfpose_core.evaluation.tables.ablation:ablation",
    "unified": "gfpose_core.evaluation.tables.unified:unified",
    "recipes": "gfpose_core.evaluation.tables.unified:recipes",
    "zedo": "gfpose_core.evaluation.tables.zedo:zedo",
    "zedo-steps": "gfpose_core.evaluation.tables.zedo:zedo_steps",
    "guidance": "gfpose_core.evaluation.tables.guided:guidance",
    "calibration": "gfpose_core.evaluation.tables.calibrated:calibration",
}
