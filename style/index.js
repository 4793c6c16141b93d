import './base.css';
import './tables.css';
import './lanes.css';
import './full-resolution.css';
import './gutter.css';
import './findings.css';
import './sidebar.css';
import './doctor.css';
