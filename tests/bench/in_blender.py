"""Import a file as Blender does by itself, and tell where every bone begins in every frame.

Runs in a Python that has Blender (bpy), and NumPy, alone: FILE OUT.npz SCALE FPS [PICTURE.png].
"""

import sys

import bpy
import numpy as np


def read(path: str, scale: float, fps: float) -> None:
    """Into an empty scene. glTF has seconds, which Blender turns into frames of the scene's rate."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if path.endswith(".bvh"):
        bpy.ops.import_anim.bvh(
            filepath=path, global_scale=scale, update_scene_fps=True, update_scene_duration=True
        )
    else:
        bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = round(fps), round(fps) / fps
        bpy.ops.import_scene.gltf(filepath=path)


def armature() -> bpy.types.Object:
    """The one that was imported."""
    return next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE")


def heads() -> tuple[list[str], np.ndarray]:  # -> K names, (T, K, 3) m
    """World places of the bones' heads from the first key frame to the last."""
    owner, places = armature(), []
    first, last = owner.animation_data.action.frame_range
    for frame in range(round(first), round(last) + 1):
        bpy.context.scene.frame_set(frame)
        places.append([owner.matrix_world @ bone.head for bone in owner.pose.bones])
    return [bone.name for bone in owner.pose.bones], np.array(places)


def draw(path: str) -> None:
    """The middle frame as Cycles sees it from before."""
    scene = bpy.context.scene
    scene.frame_set(scene.frame_current // 2)
    x, y, z = armature().matrix_world @ armature().pose.bones["Hip"].head
    bpy.ops.object.camera_add(location=(x + 2.5, y - 3.5, z + 0.6), rotation=(1.44, 0, 0.62))
    scene.camera = bpy.context.object
    bpy.ops.object.light_add(type="SUN", rotation=(0.6, 0.3, 0))
    bpy.ops.mesh.primitive_plane_add(size=8, location=(x, y, 0))
    scene.render.engine, scene.cycles.samples = "CYCLES", 16
    scene.render.resolution_x, scene.render.resolution_y = 480, 480
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


source, target, scale, fps, *picture = sys.argv[1:]
read(source, float(scale), float(fps))
names, places = heads()
render = bpy.context.scene.render
np.savez(target, bones=names, heads=places, fps=render.fps / render.fps_base)
if picture:
    draw(picture[0])
