"""The other side of serving.py: fastai's learner behind FastAPI and uvicorn, and behind Gradio, as their guides have it.

usage: python serving_peer.py export DATA MODEL | fastapi MODEL PORT | gradio MODEL PORT

export writes an untrained ResNet-34 learner for two classes, 224 px. The servers answer POST /predict (FastAPI, a form with one
file) and Gradio's own routes with a label for each class.
"""

import sys
from pathlib import Path

try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass


def label(file):
    return file.name.split(".")[0]


def export(data, model):
    from fastai.vision.all import ImageDataLoaders, Resize, get_image_files, resnet34, vision_learner

    files = get_image_files(Path(data) / "cats_dogs_sample" / "images")
    loaders = ImageDataLoaders.from_path_func(
        files[0].parent, files, label, valid_pct=0.2, seed=0, item_tfms=Resize(224), bs=16, num_workers=0)
    learner = vision_learner(loaders, resnet34, pretrained=False)
    learner.export(Path(model).resolve())


def fastapi(model, port):
    import io

    import uvicorn
    from fastai.vision.all import PILImage, load_learner
    from fastapi import FastAPI, File, UploadFile

    learner = load_learner(model)
    application = FastAPI()

    # On the loop, as the guides have it: a learner answers for one call at a time.
    @application.post("/predict")
    async def predict(file: UploadFile = File(...)):
        image = PILImage.create(io.BytesIO(await file.read()))
        with learner.no_bar(), learner.no_logging():
            _, _, probabilities = learner.predict(image)
        pairs = zip(learner.dls.vocab, map(float, probabilities))
        return {"predictions": sorted(pairs, key=lambda pair: -pair[1])}

    uvicorn.run(application, host="127.0.0.1", port=port, log_level="warning")


def gradio(model, port):
    import gradio as gr
    from fastai.vision.all import PILImage, load_learner

    learner = load_learner(model)
    labels = learner.dls.vocab

    def predict(image):
        image = PILImage.create(image)
        with learner.no_bar(), learner.no_logging():
            _, _, probabilities = learner.predict(image)
        return {labels[place]: float(probabilities[place]) for place in range(len(labels))}

    gr.Interface(fn=predict, inputs=gr.Image(), outputs=gr.Label()).launch(
        server_name="127.0.0.1", server_port=port, quiet=True)


if __name__ == "__main__":
    task, *arguments = sys.argv[1:]
    if task == "export":
        export(*arguments)
    else:
        {"fastapi": fastapi, "gradio": gradio}[task](arguments[0], int(arguments[1]))
