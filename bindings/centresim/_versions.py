"""What a report about a fault should contain."""

from __future__ import annotations

from . import _core


def build_config() -> dict[str, str]:
    """How the compiled part was built: compiler, flags, libraries."""
    return dict(_core.build_config())


def show_versions() -> None:
    """Print the versions of the package, of Python, of the libraries and how the compiled part was built."""
    import platform
    import sys
    from importlib import metadata

    print(f"centresim   {_core.__version__}")
    print(f"Python      {sys.version.split()[0]} ({platform.platform()})")
    for key, value in build_config().items():
        print(f"{key:<11} {value}")
    for name in ("numpy", "pandas", "xarray", "h5netcdf", "h5py", "netCDF4", "matplotlib", "tqdm"):
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = "-"
        print(f"{name:<11} {version}")
    if "h5py" in sys.modules:
        print(f"HDF5 (h5py) {sys.modules['h5py'].version.hdf5_version}")
