"""The panels of the window, one a file. A new panel is one file and one line in this table."""

PANELS = {
    "evidence": "app.panels.evidence:EvidencePanel",
    "sampler": "app.panels.sampler:SamplerPanel",
    "gallery": "app.panels.gallery:GalleryPanel",
    "image": "app.panels.image:ImagePanel",
    "sequence": "app.panels.sequence:SequencePanel",
    "timeline": "app.panels.timeline:TimelinePanel",
    "runs": "app.panels.runs:RunsPanel",
    "lab": "app.panels.lab:LabPanel",
}
