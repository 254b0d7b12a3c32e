"""How widgets look: Qt's Fusion style, the theme's palette and one sheet generated from it."""

from __future__ import annotations

from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication

from app import theme
from app.theme import Theme


def prepare(app: QApplication) -> None:
    """Give the application fonts, style and palette: what widgets ask for when they are made."""
    theme.load_fonts()
    app.setStyle("Fusion")
    app.setFont(theme.ui_font(13))
    app.setWindowIcon(QIcon(str(theme.ASSETS / "icons" / "skipwright.svg")))
    theme.follow_system()
    app.setPalette(theme.palette(theme.current()))


def dress(app: QApplication) -> None:
    """Give the application all of its look, now and whenever the theme changes."""
    prepare(app)
    clothe(app)


def clothe(app: QApplication) -> None:
    """Give a prepared application its sheet, now and whenever the theme changes."""

    def recolor() -> None:
        app.setPalette(theme.palette(theme.current()))
        app.setStyleSheet(style_sheet(theme.current()))

    theme.signals.changed.connect(recolor)
    app.setStyleSheet(style_sheet(theme.current()))


def style_sheet(colors: Theme) -> str:
    """The sheet of a theme. Names in ``#...`` are object names that widgets of ours carry."""
    values = {
        name: value.name() for name, value in colors._asdict().items() if isinstance(value, QColor)
    }
    values["icons"] = (theme.ASSETS / "icons").as_posix()
    values["check"] = "check-dark" if colors.is_dark else "check-light"
    return "\n".join(part.format_map(values) for part in _PARTS)


_SURFACES = """
QWidget {{ color: {text}; }}
QMainWindow, QDialog {{ background: {panel}; }}
QToolTip {{ background: {panel}; color: {text}; border: 1px solid {line}; padding: 5px 8px; }}
QMenuBar {{ background: {panel}; padding: 2px 8px 0 8px; spacing: 2px; }}
QMenuBar::item {{ padding: 4px 8px; border-radius: 6px; background: transparent; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenu {{ background: {panel}; border: 1px solid {line}; padding: 6px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 6px; }}
QMenu::item:selected {{ background: {hover}; }}
QMenu::item:disabled {{ color: {muted}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 6px 8px; }}
QMenu::indicator {{ width: 14px; height: 14px; left: 6px; }}
#status {{ background: {panel}; border-top: 1px solid {line}; }}
#status QLabel {{ color: {muted}; font-size: 12px; }}
#toast {{ background: {accent}; color: {on_accent}; border-radius: 8px; padding: 10px 16px; }}
#popup {{ background: {panel}; border: 1px solid {line}; }}
QSplitter::handle {{ background: {line}; }}
QScrollArea, QScrollArea > QWidget > QWidget#page {{ background: {panel}; border: none; }}
#header, #panel {{ background: {panel}; }}
#header {{ border-bottom: 1px solid {line}; }}
#hairline {{ background: {line}; border: none; }}
"""

_TEXT = """
QLabel#brand {{ font-size: 15px; font-weight: 600; }}
QLabel#title {{ font-size: 14px; font-weight: 600; }}
QLabel#family {{ color: {muted}; font-size: 11px; font-weight: 600; }}
QLabel#muted, QLabel#hint {{ color: {muted}; }}
QLabel#hint {{ font-size: 11px; }}
QLabel#wrong {{ color: {error}; font-size: 11px; }}
QLabel#empty {{ color: {muted}; padding: 24px; }}
QLabel#card {{ background: {field}; border: 1px solid {line}; border-radius: 8px;
    padding: 9px 11px; }}
QLabel#card_title {{ font-weight: 600; }}
QLabel#stale {{ background: {field}; color: {warning}; padding: 6px 16px; font-size: 12px;
    border-bottom: 1px solid {line}; }}
#gallery_card {{ background: {panel}; border: 1px solid {line}; border-radius: 8px; }}
#gallery_card:hover, #gallery_card:focus {{ border-color: {block_line}; }}
#param_bar {{ background: {canvas}; }}
"""

_BUTTONS = """
QPushButton {{ background: {field}; border: 1px solid {line}; border-radius: 7px;
    padding: 5px 12px; min-height: 18px; font-weight: 500; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {line}; }}
QPushButton:disabled {{ color: {muted}; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {muted}; }}
QPushButton#primary {{ background: {accent}; color: {on_accent}; border: 1px solid {accent};
    font-weight: 600; }}
QPushButton#primary:hover {{ background: {text}; }}
QPushButton#primary:disabled {{ background: {field}; color: {muted}; border-color: {line}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QPushButton#link, QPushButton#disclosure, QPushButton#words {{ background: transparent;
    border: none; padding: 2px 0; text-align: left; }}
QPushButton#link {{ font-weight: 500; text-decoration: underline; color: {muted}; }}
QPushButton#link:hover, QPushButton#link:focus {{ color: {text}; }}
QPushButton#disclosure, QPushButton#words {{ font-weight: 600; }}
QPushButton#disclosure:hover, QPushButton#disclosure:focus, QPushButton#words:hover,
QPushButton#words:focus {{ text-decoration: underline; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 7px;
    padding: 5px 10px; font-weight: 500; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:checked {{ background: {field}; border: 1px solid {line}; }}
QToolButton#switch {{ color: {muted}; padding: 5px 14px; }}
QToolButton#switch:checked {{ color: {text}; font-weight: 600; }}
QToolButton#model {{ font-size: 14px; font-weight: 600; padding: 4px 6px; }}
QToolButton#small {{ padding: 3px 7px; font-size: 12px; color: {muted}; }}
QToolButton::menu-indicator {{ image: none; }}
"""

_FIELDS = """
QLineEdit, QAbstractSpinBox, QComboBox {{ background: {field}; border: 1px solid {line};
    border-radius: 6px; padding: 4px 8px; min-height: 18px; selection-background-color: {line};
    selection-color: {text}; }}
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover {{ border-color: {block_line}; }}
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {{ border-color: {muted};
    background: {panel}; }}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled {{ color: {muted}; }}
QLineEdit[wrong="true"], QAbstractSpinBox[wrong="true"] {{ border-color: {error}; }}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus {{ border: none; padding: 0;
    background: transparent; min-height: 0; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 18px; border: none;
    background: transparent; subcontrol-origin: border; }}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover {{ background: {hover}; }}
QAbstractSpinBox::up-arrow {{ image: url({icons}/chevron-up.svg); width: 12px; height: 12px; }}
QAbstractSpinBox::down-arrow {{ image: url({icons}/chevron-down.svg); width: 12px; height: 12px; }}
#param_bar QAbstractSpinBox {{ background: transparent; border-color: transparent;
    font-weight: 600; }}
#param_bar QAbstractSpinBox:hover {{ border-color: {line}; }}
#param_bar QAbstractSpinBox:focus {{ background: {panel}; border-color: {muted}; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: url({icons}/chevron-down.svg); width: 12px; height: 12px; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox QAbstractItemView, QComboBox QAbstractItemView:focus {{ background: {panel};
    border: 1px solid {block_line}; padding: 4px; outline: none; }}
QComboBox QAbstractItemView::item {{ padding: 4px 8px; border-radius: 5px; min-height: 18px; }}
QCheckBox {{ spacing: 8px; }}
QCheckBox::indicator {{ width: 14px; height: 14px; border: 1px solid {block_line};
    border-radius: 4px; background: {field}; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent};
    image: url({icons}/{check}.svg); }}
QCheckBox::indicator:indeterminate {{ background: {block_line}; }}
QRadioButton {{ spacing: 8px; }}
QRadioButton::indicator {{ width: 12px; height: 12px; border: 1px solid {block_line};
    border-radius: 7px; background: {field}; }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 4px solid {accent};
    background: {panel}; }}
QRadioButton:focus::indicator, QRadioButton::indicator:hover {{ border-color: {text}; }}
QCheckBox:focus::indicator, QCheckBox::indicator:hover {{ border-color: {text}; }}
QSlider::groove:horizontal {{ height: 3px; background: {line}; border-radius: 1px; }}
QSlider::sub-page:horizontal {{ background: {block_line}; border-radius: 1px; }}
QSlider::handle:horizontal {{ width: 10px; height: 10px; margin: -6px 0; border-radius: 7px;
    background: {panel}; border: 2px solid {text}; }}
QSlider::handle:horizontal:focus {{ background: {text}; }}
QProgressBar {{ background: {hover}; border: none; border-radius: 3px; max-height: 6px;
    min-height: 6px; }}
QProgressBar::chunk {{ background: {text}; border-radius: 3px; }}
"""

_LISTS = """
QTabBar {{ background: {panel}; border: none; }}
QTabBar::tab {{ background: transparent; color: {muted}; padding: 9px 4px 8px 4px;
    margin: 0 10px; border-bottom: 2px solid transparent; font-weight: 500; }}
QTabBar::tab:selected {{ color: {text}; border-bottom: 2px solid {text}; font-weight: 600; }}
QTabBar::tab:hover {{ color: {text}; }}
QTabBar::tab:focus {{ border-bottom: 2px solid {muted}; }}
QTreeView, QListView, QTableView {{ background: {panel}; border: none; outline: none;
    alternate-background-color: {panel}; selection-background-color: {hover};
    selection-color: {text}; }}
QTreeView::item {{ padding: 4px 6px; }}
QTableView::item {{ padding: 0 10px; }}
QTreeView::item:hover, QListView::item:hover, QTableView::item:hover {{ background: {field}; }}
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected {{
    background: {hover}; color: {text}; }}
QTreeView:focus, QListView:focus, QTableView:focus {{ border: none; }}
QHeaderView {{ background: {panel}; }}
QHeaderView::section {{ background: {panel}; color: {muted}; border: none;
    border-bottom: 1px solid {line}; padding: 6px 10px; font-size: 11px; font-weight: 600; }}
QPlainTextEdit, QTextBrowser {{ background: {panel}; border: none;
    selection-background-color: {line}; selection-color: {text}; }}
QPlainTextEdit#notes {{ background: {field}; border: 1px solid {line}; border-radius: 6px;
    padding: 2px 4px; }}
QPlainTextEdit#notes:focus {{ border-color: {muted}; background: {panel}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle {{ background: {line}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {block_line}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""

_PARTS = (_SURFACES, _TEXT, _BUTTONS, _FIELDS, _LISTS)
