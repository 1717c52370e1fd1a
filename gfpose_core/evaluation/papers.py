"""What GFPose's and ZeDO's authors measured on Human3.6M: millimetres unless said otherwise.

All but what is called ZeDO's is from Ci et al., CVPR 2023.

Keys of a row are the columns of our tables: "mean" is one sample (S = 1), "min of S" the best of S under
protocol 1, "P2 min of S" under protocol 2. Tables are numbered as in the main paper, S1-S8 as in the
supplementary.
"""

from __future__ import annotations

ACTIONS = (
    "Directions", "Discussion", "Eating", "Greeting", "Phoning", "Photo", "Posing", "Purchases",
    "Sitting", "SittingDown", "Smoking", "Waiting", "WalkDog", "Walking", "WalkTogether", "average",
)  # fmt: skip

_MIN_10 = (39.9, 44.6, 40.2, 41.3, 46.7, 53.6, 41.9, 40.4, 52.1, 67.1, 45.7, 42.9, 46.1, 36.5, 38.0, 45.1)
_MIN_200 = (31.7, 35.4, 31.7, 32.3, 36.4, 42.4, 32.7, 31.5, 41.2, 52.7, 36.5, 34.0, 36.2, 29.5, 30.2, 35.6)
_P2_200 = (26.4, 31.5, 27.2, 27.4, 30.3, 36.1, 26.8, 26.0, 38.4, 45.8, 31.2, 29.2, 32.2, 23.1, 25.8, 30.5)
_P2_TRUE = (14.5, 17.3, 13.9, 16.3, 16.9, 15.2, 19.1, 22.3, 16.5, 16.6, 16.8, 16.6, 18.8, 14.0, 14.6, 16.9)

LIFT_DETECTED = {
    action: {"min of 10": ten, "min of 200": best, "P2 min of 200": aligned}
    for action, ten, best, aligned in zip(ACTIONS, _MIN_10, _MIN_200, _P2_200, strict=True)
}
"""Table 1, from the 2D that Stacked Hourglass detects."""
LIFT_DETECTED["average"]["mean"] = 51.0  # Table 3

LIFT_TRUE = {action: {"P2 min of 200": aligned} for action, aligned in zip(ACTIONS, _P2_TRUE, strict=True)}
"""Table 1, from true 2D; the mean of one sample from true 2D stands in Table 4."""
LIFT_TRUE["average"]["mean"] = 35.6

CROSS_DATASET = {
    "GS": {"PCK, %": 88.4},
    "noGS": {"PCK, %": 87.1},
    "Outdoor": {"PCK, %": 84.3},
    "all poses": {"PCK, %": 86.9},
}
"""Table 2: MPI-INF-3DHP, S = 200, within 150 mm."""

COMPLETE_2D = {
    "1 joint": 37.8,
    "2 joints": 39.6,
    "2 legs": 53.5,
    "2 arms": 60.0,
    "left leg + left arm": 54.6,
    "right leg + right arm": 53.1,
}
"""Table 5: minMPJPE of 200 with these unseen, from detected 2D."""

COMPLETE_3D = {
    "right leg": {"mean": 13.0, "min of 200": 5.2},
    "left leg": {"mean": 14.3, "min of 200": 5.8},
    "left arm": {"mean": 25.5, "min of 200": 9.4},
    "right arm": {"mean": 22.4, "min of 200": 8.9},
}
"""Table 6."""

DENOISE = {
    "clean": (0.0, 14.7, 0.05),
    "N(0, 25)": (33.1, 25.0, 0.05),
    "N(0, 100)": (65.5, 42.8, 0.05),
    "N(0, 400)": (126.0, 64.6, 0.1),
    "U(25)": (49.1, 32.8, 0.05),
    "U(50)": (96.2, 50.9, 0.1),
    "U(100)": (178.2, 89.4, 0.1),
}
"""Table 7: protocol 2 before and after, and the start time."""

INFERENCE = {
    "lift": {"condition": 35.9, "imputation": 43.0, "both": 37.1},
    "2 legs from 2D": {"condition": 54.6, "imputation": 66.8, "both": 53.8},
    "right leg from 3D": {"condition": 8.6, "imputation": 6.1, "both": 5.6},
}
"""Tables S6-S8, the unified model U3D: minMPJPE of 200."""

ROBUSTNESS = {
    row: dict(zip(("GT", "DT", "GT + N(0, 25)", "DT + N(0, 25)"), figures, strict=True))
    for row, figures in {
        "P (GT)": (35.6, 55.7, 72.2, 81.2),
        "D (GT)": (41.9, 61.6, 77.9, 89.2),
        "P (DT)": (38.9, 51.0, 61.1, 69.0),
        "D (DT)": (46.9, 57.0, 64.4, 72.1),
    }.items()
}
"""Table 4: rows by what the model is and was trained on, columns by what it is tested on."""

GENERATE = (66.1, 62.0, 60.0, 58.1, 54.3, 53.4, 66.9, 58.1)
"""Table 8, in the order of its rows."""

ABLATION = (
    (35.6, 240), (36.1, 594), (35.7, 107), (37.2, 154), (37.1, 123), (44.3, 461), (37.6, 79), (37.5, 35),
)  # fmt: skip
"""Table 9, in the order of its rows: minMPJPE of 200, and frames a second."""

MASKS_2D = {
    "hpj-000": (51.0, 35.6),
    "hpj-100": (50.8, 35.8),
    "hpj-010": (50.5, 35.1),
    "hpj-001": (51.7, 36.4),
    "hpj-110": (51.0, 36.0),
    "hpj-011": (51.1, 35.5),
    "u2d": (52.3, 36.7),
    "hpj-121": (52.4, 36.5),
    "u3d": (51.3, 35.9),
    "u3d-121": (51.6, 36.4),
}
"""Table S1: lifting by models of these masks, one sample and the best of 200; the last one is the masks
HPJ-121 with 3D in one of ten."""

UNIFIED_2D = {
    "1 joint": {"u2d": 37.5, "u3d": 37.6},
    "2 joints": {"u2d": 39.8, "u3d": 39.5},
    "2 legs": {"u2d": 54.9, "u3d": 53.8},
    "2 arms": {"u2d": 62.1, "u3d": 60.4},
    "left leg + left arm": {"u2d": 56.4, "u3d": 55.2},
    "right leg + right arm": {"u2d": 54.3, "u3d": 53.5},
}
"""Table S2: minMPJPE of 200; the separate models stand in Table 5."""

UNIFIED_3D = {
    "right leg": {"u3d": 5.6},
    "left leg": {"u3d": 5.9},
    "left arm": {"u3d": 9.7},
    "right arm": {"u3d": 9.0},
}
"""Table S3: minMPJPE of 200; the separate model stands in Table 6."""

UNIFIED_DENOISE = {
    "clean": {"u2d": 13.8, "u3d": 14.0},
    "N(0, 25)": {"u2d": 25.1, "u3d": 24.8},
    "N(0, 100)": {"u2d": 44.0, "u3d": 43.5},
    "N(0, 400)": {"u2d": 65.5, "u3d": 65.2},
    "U(25)": {"u2d": 33.5, "u3d": 33.0},
    "U(50)": {"u2d": 51.0, "u3d": 51.0},
    "U(100)": {"u2d": 91.4, "u3d": 91.1},
}
"""Table S4: protocol 2 after denoising; the separate model stands in Table 7."""

UNIFIED_GENERATE = {"hpj-T00": 58.1, "u2d": 60.8, "u3d": 59.7}
"""Table S5: regressors trained on what these models generate."""

ZEDO = {
    "true 2D, S = 1": {"PA-MPJPE": 35.8, "N-MPJPE": 46.9},
    "detected 2D, S = 1": {"PA-MPJPE": 49.0, "N-MPJPE": 63.6},
}
"""ZeDO supplementary Table 3 (Jiang et al., WACV 2024): Human3.6M."""

ZEDO_REFINES = {
    "true 2D, lifter": {"MPJPE": 39.2, "PA-MPJPE": 30.4},
    "true 2D, lifter refined": {"MPJPE": 38.7, "PA-MPJPE": 27.8},
}
"""Its Table 1: VideoPose3D of one frame, and ZeDO started from it."""
