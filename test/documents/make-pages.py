"""Has LibreOffice lay out pages.fodt, and save it with its pages (Debian: libreoffice-writer python3-uno)."""

import os
import subprocess
import time

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

HERE = os.path.dirname(os.path.abspath(__file__))
PIPE = "uno:pipe,name=pages;urp;StarOffice.ComponentContext"


def with_values(**values):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


def connected():
    manager = uno.getComponentContext().ServiceManager
    resolver = manager.createInstance("com.sun.star.bridge.UnoUrlResolver")
    while True:
        try:
            return resolver.resolve(PIPE)
        except NoConnectException:
            time.sleep(0.2)


office = subprocess.Popen(["soffice", "--headless", "--norestore", "--accept=pipe,name=pages;urp;"])
desktop = connected().ServiceManager.createInstance("com.sun.star.frame.Desktop")
text = desktop.loadComponentFromURL(f"file://{HERE}/pages.fodt", "_blank", 0, with_values(Hidden=True))
# Pages are counted when they are asked for, and saved only then.
print(text.CurrentController.PageCount, "pages")
text.storeToURL(f"file://{HERE}/pages.odt", with_values(FilterName="writer8"))
text.close(True)
desktop.terminate()
office.wait()
